// @ts-check
/**
 * What `npm run model` checks: the size of the world and what takes part in it. The heads of test/model/protocol.pml and standing.pml
 * explain each `define`.
 *
 * @typedef {'protocol' | 'standing'} Model a file of test/model
 * @typedef {{ readonly name: string, readonly defines: Readonly<Record<string, number>>, readonly model?: Model }} Scope
 */

/** @type {(name: string, defines: Scope['defines']) => Scope} */
const standing = (name, defines) => ({ name: `standing: ${name}`, defines, model: 'standing' });

/** @type {readonly Scope[]} The longest first, so that two cores are busy until the end. */
export const SCOPES = [
  { name: 'one plan, two attempts', defines: { ATTEMPTS: 2 } },
  { name: 'two plans on one symbol', defines: { PLANS: 2 } },
  { name: 'kill switch, request signed again', defines: { KILL: 1, SENDS: 2 } },
  { name: 'two attempts, foreign permits', defines: { ATTEMPTS: 2, FOREIGN: 2 } },
  { name: 'verdicts given twice, permits that expire', defines: { ISSUES: 2, EXPIRY: 1 } },
  { name: 'every open plan ends (weak fairness)', defines: { LIVE_CHECK: 1, APPLIES: 1, ATTEMPTS: 2, SENDS: 2 } },
  { name: 'kill switch released and engaged again', defines: { KILL: 1, RELEASE: 1, APPLIES: 1 } },
  standing('a proposal, another one, and back', { MOVES: 3, BACK: 1, INTAKES: 1 }),
  standing('hash and stream, hash deleted', { STREAM: 1, DELETES: 1, INTAKES: 1 }),
  standing('two stamps, two attempts', { ATTEMPTS: 2, INTAKES: 1 }),
  standing('an operator beside the strategy', { MOVES: 1, OPERATOR: 1, INTAKES: 1 }),
  standing('the rest of a close, two intakes', { MOVES: 1, CONTINUATIONS: 1 }),
  standing('a trade by hand, two attempts, the rest of a close', {
    MOVES: 1,
    ATTEMPTS: 2,
    CONTINUATIONS: 1,
    PERSON: 1,
    INTAKES: 1,
  }),
];

/** @type {readonly Scope[]} */
export const LARGE_SCOPES = [
  { name: 'two plans, verdicts given twice', defines: { PLANS: 2, ISSUES: 2 } },
  { name: 'two attempts, verdicts given twice', defines: { ATTEMPTS: 2, ISSUES: 2 } },
  { name: 'kill switch, signed again, verdicts given twice', defines: { KILL: 1, SENDS: 2, ISSUES: 2 } },
  { name: 'two attempts, four foreign permits', defines: { ATTEMPTS: 2, FOREIGN: 4 } },
  { name: 'kill switch released, two Applies', defines: { KILL: 1, RELEASE: 1 } },
  { name: 'signed again, two recoveries', defines: { SENDS: 2, RECOVERIES: 2 } },
  standing('two stamps, two intakes', { MOVES: 2 }),
];
