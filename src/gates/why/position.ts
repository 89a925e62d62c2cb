import { toPlainString } from '../../flow/0-decimal.js';
import { SNAPSHOT_AHEAD_SEC } from '../position/evidence.js';
import { cooldownOver, isAfterFill } from '../position/in-flight.js';
import { sameQuantity, sameSide } from '../position/ledger-agreement.js';
import { snapshotFresh } from '../position/snapshot.js';
import { atTime, type Blocker, lasting } from './blocker.js';
import type { OpenOrder, WhyFacts } from './facts.js';
import { reconcileCommand, resolveCommand } from './stopped.js';

const STATES_UNKNOWN: ReadonlySet<string> = new Set(['UNKNOWN']);
const STATES_OPEN: ReadonlySet<string> = new Set(['CLAIMED', 'UNKNOWN', '']);

/** What the gates of the Position Brain read, as far as these facts have it. A step changes no verdict: amounts are on it. */
const inputOf = (facts: WhyFacts) => ({ ...facts, hold: undefined, rules: undefined, orderOpen: false });

export function unknownOrder({ symbol, order }: WhyFacts): Blocker[] {
  if (order === undefined || order === 'unreadable' || !STATES_UNKNOWN.has(order.state)) return [];
  return [
    {
      reason: 'order_unknown',
      sinceMs: order.sinceMs,
      text: `The outcome of the order of plan ${order.planId} (attempt ${order.attempt}) on ${symbol} is unknown${since(order)}. It is looked up; when that settles nothing, an operator must.`,
      remedy: resolveCommand(order.planId),
    },
  ];
}

const since = ({ sinceMs }: OpenOrder): string => (sinceMs === undefined ? '' : ` since ${atTime(sinceMs)}`);

/** An order that is open, or a fill that ledger or snapshot do not show yet: until then they differ for a reason that is no drift. */
function isUnsettled({ order, lastFillMs, snapshot, ledger }: WhyFacts): boolean {
  if (order !== undefined) return true;
  const ledgerAmt = ledger.kind === 'present' ? ledger.amount : undefined;
  return lastFillMs !== undefined && !isAfterFill(snapshot, lastFillMs, ledgerAmt);
}

export function ledgerMissing({ symbol, ledger, snapshot }: WhyFacts): Blocker[] {
  if (ledger.kind === 'present') return [];
  const amount = snapshot === undefined ? '<exchange amount>' : toPlainString(snapshot.amount);
  const text =
    ledger.kind === 'absent'
      ? `There is no ledger of ${symbol} yet. The Position Brain makes one when it has read the position, or holds the symbol (P33_LEDGER_BOOTSTRAP).`
      : `The ledger of ${symbol} cannot be used: ${ledger.detail}.`;
  return [{ reason: 'ledger_missing', text, remedy: reconcileCommand(symbol, amount) }];
}

export function drift(facts: WhyFacts): Blocker[] {
  const { symbol, snapshot, ledger, tolerancePct } = facts;
  if (snapshot === undefined || ledger.kind !== 'present' || isUnsettled(facts)) return [];
  const input = inputOf(facts);
  if (sameSide(input).allow && sameQuantity(input).allow) return [];
  const [exchange, own] = [toPlainString(snapshot.amount), toPlainString(ledger.amount)];
  return [
    {
      reason: 'drift',
      text: `The exchange says ${symbol} is ${exchange}, the ledger says ${own}; the tolerance is ${tolerancePct} % (P33_QTY_TOLERANCE_PCT). Find out who traded, then reconcile.`,
      remedy: reconcileCommand(symbol, exchange),
    },
  ];
}

export function inFlight(facts: WhyFacts): Blocker[] {
  const { symbol, order, lastFillMs } = facts;
  if (order === 'unreadable')
    return [
      {
        reason: 'order_in_flight',
        text: `Whether an order of ${symbol} is open cannot be read, so it counts as open.`,
        remedy: 'permit-gate doctor',
      },
    ];
  if (order !== undefined) {
    if (STATES_UNKNOWN.has(order.state)) return [];
    const what = STATES_OPEN.has(order.state)
      ? `The order of plan ${order.planId} (attempt ${order.attempt}) on ${symbol} is open${since(order)}.`
      : `The fill of plan ${order.planId} (attempt ${order.attempt}) on ${symbol} is not in the ledger yet.`;
    return [
      { reason: 'order_in_flight', sinceMs: order.sinceMs, text: what, remedy: `permit-gate trace ${order.planId}` },
    ];
  }
  if (lastFillMs === undefined || !isUnsettled(facts)) return [];
  return [
    {
      reason: 'order_in_flight',
      sinceMs: lastFillMs,
      text: `The position of ${symbol} was not read since its last fill at ${atTime(lastFillMs)}.`,
    },
  ];
}

export function cooldown(facts: WhyFacts): Blocker[] {
  const { symbol, lastFillMs, cooldownSec } = facts;
  if (lastFillMs === undefined || cooldownOver(inputOf(facts)).allow) return [];
  const untilMs = lastFillMs + Math.ceil(cooldownSec * 1000);
  return [
    {
      reason: 'cooldown',
      sinceMs: lastFillMs,
      untilMs,
      text: `${symbol} was filled at ${atTime(lastFillMs)}; it may trade again at ${atTime(untilMs)} (P33_COOLDOWN_SEC is ${cooldownSec}).`,
    },
  ];
}

export function snapshotAge(facts: WhyFacts): Blocker[] {
  const { symbol, snapshot: read, nowMs, staleThresholdSec, exchangeFault } = facts;
  const because = exchangeFault === undefined ? '' : ` The exchange: ${exchangeFault}.`;
  const remedy = 'permit-gate doctor';
  if (read === undefined)
    return [
      {
        reason: 'snapshot_missing',
        text: `The position of ${symbol} was not read from the exchange yet.${because}`,
        remedy,
      },
    ];
  if (!snapshotFresh(inputOf(facts)).allow) {
    const isAhead = read.tsMs > nowMs + SNAPSHOT_AHEAD_SEC * 1000;
    const text = isAhead
      ? `The snapshot of ${symbol} is from the future (${atTime(read.tsMs)}), so it does not count.`
      : `The position of ${symbol} was last read at ${atTime(read.tsMs)}, ${lasting(nowMs - read.tsMs)} ago; ${staleThresholdSec} s are allowed (P33_STALE_THRESHOLD_SEC).`;
    return [{ reason: 'snapshot_stale', sinceMs: read.tsMs, text: `${text}${because}`, remedy }];
  }
  if (read.amount.isZero())
    return [{ reason: 'no_position', text: `The exchange says ${symbol} is flat: there is nothing to close.` }];
  return [];
}
