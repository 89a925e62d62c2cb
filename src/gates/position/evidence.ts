import type { Decimal } from '../../flow/0-decimal.js';
import type { Plan } from '../../flow/2-plan.js';

/** Everything the Position Brain's rules look at; gathered as of one instant of Redis' clock. */
export interface PositionInput {
  readonly plan: Pick<Plan, 'symbol' | 'step' | 'mode'>;
  readonly nowMs: number;
  readonly deadlineMs: number;
  readonly allowlist: ReadonlySet<string>;
  readonly killSwitchReleased: boolean;
  readonly armed: boolean;
  readonly suspended: boolean;
  readonly snapshot:
    | {
        readonly amount: Decimal;
        /** When the change was made that pushed it, or the read of it began; Redis' clock as one process estimates it. */
        readonly tsMs: number;
        readonly restingReduceQty: Decimal;
      }
    | undefined;
  /** Why the last read of positions or rules failed; `undefined` while they work. */
  readonly exchangeFault: string | undefined;
  readonly staleThresholdSec: number;
  /** The server the evidence came from; `undefined` when it is not known, which denies. Redis' clock, 0 where it never changed. */
  readonly redis:
    | {
        readonly changedMs: number;
        /** Until then a forgotten order may still reach the exchange. */
        readonly settleUntilMs: number;
        /** For this long after the change, a trade before it blocks the symbol. */
        readonly proofMs: number;
        /** Whether the account traded the symbol shortly before; `undefined` while that is not known. */
        readonly traded: boolean | undefined;
      }
    | undefined;
  /** An order of ours is claimed, unknown, or filled and not yet in the ledger. */
  readonly orderOpen: boolean;
  readonly lastFillMs: number | undefined;
  readonly cooldownSec: number;
  /** Why the symbol is blocked; `undefined` when it is not. */
  readonly hold: string | undefined;
  readonly ledger: { readonly kind: 'present'; readonly amount: Decimal } | { readonly kind: 'absent' | 'lost' };
  readonly tolerancePct: number;
  /** The exchange's market rules; `undefined` when they could not be read: a step is never guessed. */
  readonly rules: { readonly stepSize: Decimal; readonly minQty: Decimal; readonly maxQty: Decimal } | undefined;
}

/** How far a snapshot's time may lie ahead: the estimate of Redis' clock is not more exact. */
export const SNAPSHOT_AHEAD_SEC = 5;

/** Seconds with millisecond resolution, as contexts show them. */
export const secondsBetween = (fromMs: number, toMs: number): number => Math.round(toMs - fromMs) / 1000;
