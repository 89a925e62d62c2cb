import type { Decimal } from '../../flow/0-decimal.js';
import type { Mode } from '../../flow/0-primitives.js';

/** Who did something, why, and when (epoch ms). A part that is not stored, or not readable, is `""` or 0. */
export interface Act {
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
}

/** One plan of the symbol that is not over. */
export interface OpenOrder {
  readonly planId: string;
  readonly attempt: number;
  /** `""` if the plan has no journal. */
  readonly state: string;
  readonly sinceMs: number | undefined;
}

/** What the strategy asked for last, as Apply recorded it. */
export interface Asked {
  readonly action: string;
  /** In percent; `undefined` for what closes nothing. */
  readonly share: number | undefined;
  readonly stampMs: number;
  readonly planId: string;
  /** When it was carried out; `undefined` while there is something to do. */
  readonly doneMs: number | undefined;
  /** How its last plan ended without an order; `undefined` for any other end. */
  readonly ended: { readonly state: string; readonly why: string; readonly atMs: number | undefined } | undefined;
  /** A plan of it, or of an operator, is open. */
  readonly isUnderWay: boolean;
  /** It has filled something and is not done: then its age does not count. */
  readonly staysFresh: boolean;
}

/** What holds for every symbol of a deployment. */
export interface SharedFacts {
  readonly mode: Mode;
  /** `missing`: also if it cannot be read. */
  readonly killSwitch: 'released' | 'missing' | Act;
  /** By an operator, and by a role of the system itself. */
  readonly disarms: readonly Act[];
  /** Nothing is claimed until then. */
  readonly settleUntilMs: number;
  /** `lastSeenMs`: of its last process that read plans; `undefined` if there never was one. */
  readonly missingRoles: readonly { readonly role: string; readonly lastSeenMs: number | undefined }[];
  readonly bannedUntilMs: number;
  /** Plans that wait for a person. */
  readonly approvals: readonly {
    readonly planId: string;
    readonly symbol: string;
    readonly sinceMs: number;
    readonly untilMs: number;
    /** Who has approved it so far. */
    readonly by: readonly string[];
    readonly needed: number;
  }[];
  /** What stops every symbol: keys that all of them share. */
  readonly sharedFaults: readonly string[];
}

/** Everything that {@link whyNot} looks at, as of one instant of Redis' clock. */
export interface WhyFacts extends SharedFacts {
  readonly symbol: string;
  readonly nowMs: number;
  /** Names of the allowlists without the symbol. */
  readonly absentFrom: readonly string[];
  readonly suspension: Act | undefined;
  readonly hold: (Act & { readonly cause: string }) | undefined;
  /** The order that the in-flight guard names; `unreadable` where the guard is of another type. */
  readonly order: OpenOrder | 'unreadable' | undefined;
  readonly ledger:
    | { readonly kind: 'present'; readonly amount: Decimal }
    | { readonly kind: 'absent' }
    | { readonly kind: 'lost'; readonly detail: string };
  readonly snapshot:
    | {
        readonly amount: Decimal;
        readonly markPrice: Decimal | undefined;
        readonly tsMs: number;
        readonly restingReduceQty: Decimal;
      }
    | undefined;
  /** Why the answering process cannot read the exchange; `undefined` while it can, or never does. */
  readonly exchangeFault: string | undefined;
  readonly staleThresholdSec: number;
  readonly tolerancePct: number;
  readonly lastFillMs: number | undefined;
  readonly cooldownSec: number;
  /** `undefined` where the usage cannot be read; `faults` says why. */
  readonly usage:
    | {
        /** Of the last hour, oldest first. */
        readonly executionsMs: readonly number[];
        readonly day: string;
        readonly dayNotionalUsd: Decimal;
        readonly dayQty: Decimal;
      }
    | undefined;
  readonly limits: {
    readonly perHour: number;
    readonly per5Min: number;
    readonly notionalPerDayUsd: string;
    readonly qtyPerDay: string | undefined;
  };
  /** Each a sentence with its remedy; the shared ones too. */
  readonly faults: readonly string[];
  readonly asked: Asked | undefined;
  readonly maxAgeSec: number;
}
