// @ts-check
/**
 * Steps that random traces hardly ever reach. In a copy of the model they are asserted never to happen; the shortest trace to
 * which Spin shows the contrary is a trace.
 */
import { edit } from './mutants.mjs';

/** @type {(name: string, defines: import('./scopes.mjs').Scope['defines'], file: string, line: string, never: string) => import('./mutants.mjs').Mutant} */
const way = (name, defines, file, line, never) => ({
  name,
  defines,
  edits: [edit(file, line, `${line}; assert(${never})`)],
});

/** @type {(name: string, defines: import('./scopes.mjs').Scope['defines'], line: string, never: string) => import('./mutants.mjs').Mutant} */
const ofStanding = (name, defines, line, never) => ({
  ...way(name, { INTAKES: 1, ...defines }, 'standing-scripts', line, never),
  model: 'standing',
});

const CLAIM = 'LINE(claim_permits, p, a, w, g, q, e)';
const RECHECK = 'LINE(recheck_claim, p, a, w, 0, 0, 0)';
const VERDICT = 'LINE(issue_permit, p, a, 0, yes, e, s)';
const EVIDENCE = 'LINE(read_position_evidence, p, a, 0, yes, 0, 0)';
const STANDING_CLAIM = 'LINE(claim_permits, p, P[p].attempt, 0, P[p].quantity, P[p].left, 0)';
const RESULT = 'LINE(record_result, p, P[p].attempt, 0, P[p].executed, again, back)';

/** @type {readonly import('./mutants.mjs').Mutant[]} */
export const WAYS = [
  way('claim_after_window', { APPLIES: 1 }, 'scripts', CLAIM, 'word != expired'),
  way(
    'signed_anew_under_kill_switch',
    { APPLIES: 1, SENDS: 2, KILL: 1 },
    'scripts',
    RECHECK,
    'word != kill_switch_active',
  ),
  way('signed_anew_after_recovery', { APPLIES: 1, SENDS: 2 }, 'scripts', RECHECK, 'word != taken'),
  way('denial_after_window', { APPLIES: 1, PLANS: 2 }, 'scripts', VERDICT, 'yes || word != expired'),
  way('unsettled_fill_alone', { APPLIES: 1, PLANS: 2 }, 'roles', EVIDENCE, 'guard || !unsettled || snapshot != ledger'),
  ofStanding(
    'claim_after_another_and_back',
    { MOVES: 3, BACK: 1 },
    STANDING_CLAIM,
    'word != proposal_superseded || asked != P[p].request',
  ),
  ofStanding('claim_after_hold', {}, STANDING_CLAIM, 'word != proposal_withdrawn || asked != HOLD'),
  ofStanding('claim_after_the_hash_is_gone', { MOVES: 1, DELETES: 1 }, STANDING_CLAIM, 'word != proposal_withdrawn'),
  ofStanding(
    'unknown_order_that_filled',
    { MOVES: 1 },
    RESULT,
    '!P[p].executed || P[p].answered || !T[P[p].request].done',
  ),
  ofStanding('rest_of_a_close', { MOVES: 1, CONTINUATIONS: 1 }, RESULT, '!P[p].after || !T[P[p].request].done'),
  ofStanding('next_attempt_fills', { MOVES: 1, ATTEMPTS: 2 }, RESULT, 'P[p].attempt < 2 || !T[P[p].request].done'),
];
