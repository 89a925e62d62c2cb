import type { Evidence } from '../evidence.js';
import type { UnaskedEnd } from '../chaos-gate.js';
import { answered, oneAtATime, oneResult, truthful, twoKeys } from './attempts.js';
import { calm, ledger, limits } from './books.js';
import { once, onlySmaller, stopped } from './orders.js';
import { withdrawn } from './standing.js';
import { targets } from './targets.js';
import { lostTail } from './lost-tail.js';
import { type Violation, violation } from './violation.js';

type Check = (evidence: Evidence) => Violation[];

const ALWAYS: readonly Check[] = [
  once,
  onlySmaller,
  stopped,
  withdrawn,
  targets,
  twoKeys,
  answered,
  oneResult,
  truthful,
  oneAtATime,
  ledger,
  limits,
  calm,
];
/** The guarantees that hold even when Redis lost its last writes. */
const WITH_LOST_TAIL: readonly Check[] = [once, stopped, lostTail];

/** Everything that did not hold in a run. */
export function check(evidence: Evidence, ends: readonly UnaskedEnd[]): Violation[] {
  const checks = evidence.scenario.mayLoseTail ? WITH_LOST_TAIL : ALWAYS;
  const found = checks.flatMap((each) => each(evidence));
  for (const end of ends.filter(({ whileStarting }) => !whileStarting)) {
    const what = `${end.gate} ended by itself (${end.signal ?? `exit code ${end.code ?? '?'}`}): ${end.lastLines.at(-1) ?? ''}`;
    found.push(violation('stays-up', what));
  }
  return found;
}
