import type { Redis } from 'ioredis';
import { proposalFields } from '../harness/proposals.js';
import type { Arena } from './arena.js';
import type { Proposal } from './scenario.js';

/** Stops that trigger at no price the exchange shows in a run. */
const STOP_PRICE: Readonly<Record<string, string>> = {
  BTCUSDT: '40000',
  ETHUSDT: '5000',
  SOLUSDT: '100',
  DOGEUSDT: '0.9',
  LINKUSDT: '8',
  '1000SHIBUSDT': '0.05',
  SPELLUSDT: '0.0003000',
};

export interface AcceptedProposal {
  readonly symbol: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** Hands proposals to the system over the three ways there are; each is a plan of its own. */
export class Load {
  sent = 0;
  /** Those that were taken for good: added to the stream, or answered with a plan. A hash may be overwritten unread. */
  readonly accepted: AcceptedProposal[] = [];

  constructor(
    private readonly arena: Arena,
    private readonly redis: Redis,
  ) {}

  async propose(proposal: Proposal, index: number): Promise<void> {
    const { keys } = this.arena;
    const { symbol, action, channel } = proposal;
    const fields = proposalFields(action, {
      new_sl_proposed: action === 'UPDATE_SL' ? (STOP_PRICE[symbol] ?? '') : '',
      proposal_id: `chaos-${this.arena.scenario.seed}-${index}`,
    });
    this.sent += 1;
    switch (channel) {
      case 'hash':
        await this.redis.hset(keys.proposal(symbol), fields);
        return;
      case 'stream':
        await this.redis.xadd(keys.proposalStream(), '*', 'symbol', symbol, ...Object.entries(fields).flat());
        this.accepted.push({ symbol, fields });
        return;
      case 'api': {
        const status = await this.arena.call(this.arena.gate(proposal.gate), 'POST', '/proposals', {
          symbol,
          ...fields,
        });
        if (status !== undefined && status < 300) this.accepted.push({ symbol, fields });
        return;
      }
    }
    channel satisfies never;
  }
}
