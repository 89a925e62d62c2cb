import { atTime, type Blocker } from './blocker.js';
import type { Act, WhyFacts } from './facts.js';

const REASON = '--reason "…"';

/** `by boss since 2026-11-30 15:04:05 UTC: "wrong prices"`. */
const acted = ({ by, reason, atMs }: Act): string =>
  `by ${by === '' ? 'an unknown hand' : by} since ${atTime(atMs)}${reason === '' ? '' : `: ${reason}`}`;

const who = ({ by, atMs }: Act): Pick<Blocker, 'by' | 'sinceMs'> => ({
  by: by === '' ? undefined : by,
  sinceMs: atMs > 0 ? atMs : undefined,
});

/** What stops every symbol. */
export function stopped(facts: WhyFacts): Blocker[] {
  return [
    ...killSwitch(facts),
    ...disarmed(facts),
    ...dryRun(facts),
    ...notAllowed(facts),
    ...suspended(facts),
    ...settling(facts),
  ];
}

function killSwitch({ killSwitch: state }: WhyFacts): Blocker[] {
  if (state === 'released') return [];
  const common = { reason: 'kill_switch_engaged', remedy: `permit-gate release ${REASON}` } as const;
  if (state === 'missing')
    return [{ ...common, text: 'The kill switch is missing from Redis or unreadable, which counts as engaged.' }];
  return [{ ...common, ...who(state), text: `The kill switch is engaged ${acted(state)}.` }];
}

function disarmed({ disarms }: WhyFacts): Blocker[] {
  const [first] = disarms;
  if (first === undefined) return [];
  return [
    {
      reason: 'disarmed',
      ...who(first),
      text: `The system is disarmed ${disarms.map(acted).join('; and ')}. Plans are dry runs.`,
      remedy: `permit-gate arm ${REASON}`,
    },
  ];
}

function dryRun({ mode }: WhyFacts): Blocker[] {
  if (mode !== 'dry_run') return [];
  return [
    {
      reason: 'dry_run',
      text: 'This deployment runs with APPLY_MODE=dry_run: plans are evaluated, no order is sent.',
      remedy: 'APPLY_MODE=testnet permit-gate serve',
    },
  ];
}

function notAllowed({ symbol, absentFrom }: WhyFacts): Blocker[] {
  if (absentFrom.length === 0) return [];
  return [
    {
      reason: 'not_allowed',
      text: `${symbol} is not in ${absentFrom.join(' and not in ')}. Add it there and start the processes again.`,
      remedy: 'permit-gate doctor',
    },
  ];
}

function suspended({ symbol, suspension }: WhyFacts): Blocker[] {
  if (suspension === undefined) return [];
  return [
    {
      reason: 'symbol_suspended',
      ...who(suspension),
      text: `${symbol} is suspended ${acted(suspension)}.`,
      remedy: `permit-gate allow ${symbol} ${REASON}`,
    },
  ];
}

function settling({ settleUntilMs, nowMs }: WhyFacts): Blocker[] {
  // Written so that NaN counts as settling.
  if (settleUntilMs <= nowMs) return [];
  return [
    {
      reason: 'redis_settling',
      untilMs: Number.isFinite(settleUntilMs) ? settleUntilMs : undefined,
      text: `Redis was restarted, failed over or emptied, or its clock was set: nothing is claimed until ${atTime(settleUntilMs)}.`,
    },
  ];
}

/** A symbol's own hold. */
export function held(facts: WhyFacts): Blocker[] {
  const { symbol, hold } = facts;
  if (hold === undefined) return [];
  return [
    {
      reason: 'hold',
      ...who(hold),
      text: `${symbol} is on hold (${hold.cause === '' ? 'cause unknown' : hold.cause}) ${acted(hold)}.`,
      remedy: endsHold(facts, hold.cause),
    },
  ];
}

/** What an operator has held, or nobody can read, an operator lifts; a role's own hold asks for what is wrong to be settled. */
function endsHold({ symbol, order, snapshot }: WhyFacts, cause: string): string {
  if (cause === 'operator' || cause === '') return `permit-gate unhold ${symbol} ${REASON}`;
  if (cause === 'order_outcome_unknown' && order !== undefined && order !== 'unreadable')
    return resolveCommand(order.planId);
  return reconcileCommand(symbol, snapshot === undefined ? '<exchange amount>' : snapshot.amount.toFixed());
}

export const resolveCommand = (planId: string): string =>
  `permit-gate resolve ${planId} --outcome <filled|not_found|…> ${REASON}`;
export const reconcileCommand = (symbol: string, amount: string): string =>
  `permit-gate reconcile ${symbol} --expected ${amount} ${REASON}`;
