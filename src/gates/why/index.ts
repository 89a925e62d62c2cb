import type { Blocker } from './blocker.js';
import type { WhyFacts } from './facts.js';
import { limits } from './limits.js';
import { cooldown, drift, inFlight, ledgerMissing, snapshotAge, unknownOrder } from './position.js';
import { held, stopped } from './stopped.js';
import { approvals, banned, faults, missingRoles, proposal } from './surroundings.js';

const CHECKS: readonly ((facts: WhyFacts) => readonly Blocker[])[] = [
  stopped,
  held,
  unknownOrder,
  ledgerMissing,
  drift,
  inFlight,
  cooldown,
  limits,
  snapshotAge,
  faults,
  missingRoles,
  banned,
  proposal,
  approvals,
];

/** Everything that keeps a symbol from trading now, in the order of `BLOCKERS`; empty if it may trade. */
export function whyNot(facts: WhyFacts): readonly Blocker[] {
  return CHECKS.flatMap((check) => check(facts));
}
