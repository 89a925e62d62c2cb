import { parseProposal } from '../../src/flow/1-proposal.js';
import { planIdOf, planIdOfUnreadable } from '../../src/flow/2-plan.js';
import { proposalFields } from '../harness/proposals.js';
import type { Arena } from './arena.js';
import type { Proposal } from './scenario.js';
import type { StampLog } from './stamps.js';

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
  readonly planId: string;
}

/** Hands proposals to the system over the three ways there are; each is a plan of its own. */
export class Load {
  sent = 0;
  /** Those that were taken for good: added to the stream, or answered with a plan. A hash may be overwritten unread. */
  readonly accepted: AcceptedProposal[] = [];

  constructor(
    private readonly arena: Arena,
    private readonly log: StampLog,
  ) {}

  async propose(proposal: Proposal, index: number): Promise<void> {
    const { symbol, action, channel } = proposal;
    const fields = proposalFields(action, {
      new_sl_proposed: action === 'UPDATE_SL' ? (STOP_PRICE[symbol] ?? '') : '',
      proposal_id: `chaos-${this.arena.scenario.seed}-${index}`,
      ...(proposal.closePct === undefined ? {} : { close_pct: proposal.closePct }),
    });
    this.sent += 1;
    switch (channel) {
      case 'hash':
        await this.log.hash(symbol, fields);
        return;
      case 'stream':
        await this.log.stream(symbol, fields);
        this.accepted.push({ symbol, fields, planId: planOf(symbol, fields) });
        return;
      case 'api': {
        const status = await this.arena.call(this.arena.gate(proposal.gate), 'POST', '/proposals', {
          symbol,
          ...fields,
        });
        if (status !== undefined && status < 300)
          this.accepted.push({ symbol, fields, planId: planOf(symbol, fields) });
        return;
      }
    }
    channel satisfies never;
  }
}

function planOf(symbol: string, fields: Readonly<Record<string, string>>): string {
  const reading = parseProposal(symbol, fields);
  return reading.ok ? planIdOf(reading.proposal) : planIdOfUnreadable(symbol, fields);
}
