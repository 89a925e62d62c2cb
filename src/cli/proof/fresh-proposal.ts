import { randomUUID } from 'node:crypto';
import type { Fields } from '../../flow/0-primitives.js';
import { ownerOf } from '../../redis/connection/slot-owner.js';
import type { RedisSession } from '../redis-session.js';

export const CLOSES = ['FULL_CLOSE_PROPOSED', 'PARTIAL_75', 'PARTIAL_50'] as const;
export type Close = (typeof CLOSES)[number];

/** A proposal to close, with the present time of Redis' clock and a new id, so that it becomes a new plan. */
export async function freshProposal(session: RedisSession, action: Close) {
  const [seconds, micros] = await ownerOf(session.commands, session.keys.server()).time();
  const nowMs = Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
  return {
    harvest_action: action,
    kill_score: '0.5',
    k_regime_flip: '0',
    k_sigma_spike: '0',
    k_ts_drop: '0',
    k_age_penalty: '0',
    new_sl_proposed: '',
    R_net: '0',
    last_update_epoch: (nowMs / 1_000).toFixed(3),
    computed_at_utc: new Date(nowMs).toISOString(),
    reason_codes: 'submitted_by_hand',
    proposal_id: `by-hand-${randomUUID()}`,
  };
}

/** Sends a proposal to Apply as a strategy does: through the proposal stream. */
export async function submitToStream(session: RedisSession, symbol: string, proposal: Fields): Promise<void> {
  await session.commands.xadd(session.keys.proposalStream(), '*', 'symbol', symbol, ...Object.entries(proposal).flat());
}
