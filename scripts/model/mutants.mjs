// @ts-check
/**
 * The protocol with one rule taken out, in a copy of the model; Spin must find what that costs. A rule that another one
 * makes good for, such as the attempt in a permit beside its deletion, is not here: taking out one of the two is no fault.
 *
 * @typedef {{ readonly file: string, readonly find: string, readonly put: string }} Edit
 * @typedef {import('./scopes.mjs').Scope & { readonly edits: readonly Edit[] }} Mutant
 */

/** @type {(file: string, find: string, put: string) => Edit} `find` stands in `file` once. */
export const edit = (file, find, put) => ({ file: `${file}.pml`, find, put });

/** @type {(name: string, defines: import('./scopes.mjs').Scope['defines'], ...edits: Edit[]) => Mutant} */
const mutant = (name, defines, ...edits) => ({ name, defines, edits });

/** @type {(name: string, defines: import('./scopes.mjs').Scope['defines'], ...edits: Edit[]) => Mutant} */
const ofStanding = (name, defines, ...edits) => ({
  name,
  defines: { INTAKES: 1, ...defines },
  edits,
  model: 'standing',
});

const RECHECK = 'guard != OWN(p, a) -> in_flight :';

/** Each in the smallest scope that shows it. @type {readonly Mutant[]} */
export const MUTANTS = [
  mutant(
    'publishing leaves the permits of an earlier attempt',
    { ATTEMPTS: 2, FOREIGN: 2 },
    edit('scripts', 'NO_GOVERNOR(p); NO_POSITION(p) /* of an earlier attempt */', 'skip'),
  ),
  mutant(
    'a plan is tried again that may have traded',
    { ATTEMPTS: 2 },
    edit('scripts', 'P[p].retry = again && a < ATTEMPTS', 'P[p].retry = a < ATTEMPTS'),
    edit('scripts', 'P[p].dedupe = P[p].dedupe && !again', 'P[p].dedupe = 0'),
  ),
  mutant(
    'the claim does not look at the state',
    { FOREIGN: 4 },
    edit('scripts', 'P[p].state != WAITING || P[p].attempt != a -> taken', 'P[p].attempt != a -> taken'),
  ),
  mutant(
    'the claim does not compare the attempt',
    { ATTEMPTS: 2, FOREIGN: 4 },
    edit('scripts', 'P[p].state != WAITING || P[p].attempt != a -> taken', 'P[p].state != WAITING -> taken'),
  ),
  mutant(
    'the claim does not look at the window',
    {},
    edit(
      'scripts',
      'taken : (\n    P[p].over -> expired : (\n    kill -> kill_switch_active : (\n    guard ->',
      'taken : (\n    false -> expired : (\n    kill -> kill_switch_active : (\n    guard ->',
    ),
  ),
  mutant(
    'the claim does not look at the kill switch',
    { KILL: 1 },
    edit('scripts', 'kill -> kill_switch_active : (\n    guard ->', 'false -> kill_switch_active : (\n    guard ->'),
  ),
  mutant(
    'the claim does not look at the guard',
    { PLANS: 2, FOREIGN: 2 },
    edit('scripts', 'guard -> in_flight', 'false -> in_flight'),
  ),
  mutant(
    'the claim does not compare the position epoch',
    { PLANS: 2 },
    edit('scripts', 'e && epoch != e ->', 'false ->'),
  ),
  mutant(
    'the claim does not look whether the permits are still there',
    { EXPIRY: 1 },
    edit('scripts', '!P[p].governor || !P[p].position -> permit_gone', 'false -> permit_gone'),
    edit(
      'scripts',
      'P[p].governor != g || P[p].position != q || P[p].epoch != e -> permit_changed',
      'false -> permit_changed',
    ),
  ),
  mutant(
    'the claim sets no guard',
    { PLANS: 2 },
    edit('scripts', 'guard = OWN(p, a); guardTtl = 0; epoch++;', 'epoch++;'),
  ),
  mutant(
    'the order is written before it is claimed',
    {},
    edit('roles', '{ g && q -> fresh[w] = 1;', '{ g && q -> fresh[w] = 1; ORD.sent++; ORD.fresh = 1;'),
  ),
  mutant(
    'a request signed again is not held against the kill switch',
    { KILL: 1, SENDS: 2 },
    edit(
      'scripts',
      `kill -> kill_switch_active : (\n    ${RECHECK}`,
      `false -> kill_switch_active : (\n    ${RECHECK}`,
    ),
  ),
  mutant(
    'a request signed again is not held against the window',
    { SENDS: 2 },
    edit(
      'scripts',
      `P[p].over -> expired : (\n    kill -> kill_switch_active : (\n    ${RECHECK}`,
      `false -> expired : (\n    kill -> kill_switch_active : (\n    ${RECHECK}`,
    ),
  ),
  mutant(
    'a request is signed again whatever became of the claim',
    { SENDS: 2 },
    edit('scripts', 'P[p].state != CLAIMED || P[p].attempt != a || P[p].token != w + 1 -> taken', 'false -> taken'),
    edit('scripts', RECHECK, 'false -> in_flight :'),
  ),
  mutant(
    'a result is recorded whatever the state',
    {},
    edit('scripts', 'P[p].attempt != a || !FROM(p, from) ->', 'P[p].attempt != a ->'),
  ),
  mutant(
    'a result ends the claim of another',
    {},
    edit('scripts', 'tk && P[p].token != tk -> closed', 'false -> closed'),
  ),
  mutant(
    'a fill the ledger lacks does not hold permits back',
    { PLANS: 2 },
    edit('scripts', 'ending == FILLED -> unsettled = OWN(p, a)', 'false'),
  ),
  mutant(
    'the Position Brain does not look at the unsettled fill',
    { PLANS: 2 },
    edit('roles', '!guard && !unsettled && snapshot == ledger', '!guard && snapshot == ledger'),
  ),
  mutant(
    'the Position Brain does not compare snapshot and ledger',
    { PLANS: 2 },
    edit('roles', '!guard && !unsettled && snapshot == ledger', '!guard && !unsettled'),
  ),
  mutant(
    'a lost answer ends the attempt as not sent',
    { ATTEMPTS: 2 },
    edit('roles', 'note(p, a, w, 1); LEAVE } /* no answer', 'END(3, BLOCKED, 1) } /* no answer'),
  ),
  mutant(
    'an order counts as absent without the proof time',
    {},
    edit('roles', 'proven = (P[p].accept == 3)', 'proven = (P[p].accept >= 2)'),
  ),
  mutant(
    'the proof time is looked at after the look-up',
    {},
    edit(
      'roles',
      'if :: proven :: !proven -> goto next fi }\n  fi;',
      'skip }\n  fi;\n  if :: atomic { P[p].accept == 3 } :: atomic { P[p].accept != 3 -> goto next } fi;',
    ),
  ),
  mutant(
    'the proof time is that of a claim which may still be signed again',
    { SENDS: 2 },
    edit(
      'roles',
      '  if\n  :: atomic { ORD.accepted > 0 -> record',
      'ask:\n  if\n  :: atomic { ORD.accepted > 0 -> record',
    ),
    edit('roles', 'atomic { note(p, a, APPLIES, 1) };', 'atomic { note(p, a, APPLIES, 1); goto ask };'),
  ),
  mutant(
    'accept_until_ms is earlier than the exchange’s last chance',
    { KILL: 1 },
    edit('world', '!ON_ITS_WAY(p) && !LIVE(0, p) && !LIVE(APPLIES - 1, p) ->', 'true ->'),
  ),
  mutant('engaging the kill switch returns at once', { KILL: 1 }, edit('roles', 'look:\n  SETTLED(0);', 'look:')),
  mutant(
    'engaging does not notice that it was released in between',
    { KILL: 1, RELEASE: 1, APPLIES: 1 },
    edit('roles', 'kill && mine == changes', 'kill'),
  ),
  mutant('nobody walks the open plans', { RECOVERIES: 0, APPLIES: 1 }),
  mutant('nobody walks the open plans, seen by the liveness property', { RECOVERIES: 0, APPLIES: 1, LIVE_CHECK: 1 }),
  ofStanding(
    'the claim does not compare the generation',
    { MOVES: 3, BACK: 1 },
    edit('standing-scripts', '(generation != born -> proposal_superseded : stands)', 'stands'),
  ),
  ofStanding(
    'the claim does not compare what is asked for now',
    { MOVES: 2 },
    edit('standing-scripts', '(NEWEST && NEWEST != request -> WHY_NOT(NEWEST) :', '(false -> WHY_NOT(NEWEST) :'),
  ),
  ofStanding(
    'the claim does not look whether the hash is still there',
    { MOVES: 1, DELETES: 1 },
    edit('standing-scripts', '(source == HASH && !hashRequest ->', '(false ->'),
  ),
  ofStanding(
    'the order ignores the target',
    { MOVES: 1, ATTEMPTS: 2, CONTINUATIONS: 1 },
    edit(
      'standing-scripts',
      '#define QUANTITY(p) (SAFE(p) < LEFT(p) -> SAFE(p) : LEFT(p))',
      '#define QUANTITY(p) SAFE(p)',
    ),
  ),
  ofStanding(
    'a proposal that is known is taken up anew',
    { MOVES: 1, CONTINUATIONS: 1 },
    edit('standing-scripts', ':: !T[r].has || T[r].episode != episode ->', ':: true ->'),
  ),
];
