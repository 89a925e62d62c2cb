import { randomUUID } from 'node:crypto';
import { PROPOSAL_INTAKE, type ProposalAnswer, type ProposalIntake } from '../../src/runtime/proposal-intake.js';
import { eventually } from '../harness/eventually.js';
import type { Gate, TestEnvironment } from '../harness/test-environment.js';
import { proposalFields } from '../harness/proposals.js';

/** Short loops, limits that are never reached, and every proposal counts: for tests of other things. */
export const QUICK = {
  APPLY_POLL_SEC: '0.05',
  APPLY_PERMIT_STEP_MS: '10',
  APPLY_PERMIT_WAIT_MS: '1000',
  APPLY_REPEAT_POLICY: 'every_proposal',
  APPLY_PROPOSALS_PER_MIN: '1000000',
  P33_COOLDOWN_SEC: '0',
  GOV_MAX_EXEC_PER_HOUR: '1000',
  GOV_MAX_EXEC_PER_5MIN: '1000',
  GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD: '1000000000',
} as const;

export type ResultFields = Record<string, string>;

/** Submits a fresh proposal with a new id to the gate's Apply; returns its plan. */
export async function submit(
  gate: Gate,
  symbol: string,
  action: string,
  fields: Readonly<Record<string, string>> = {},
  source = 'test',
): Promise<ProposalAnswer> {
  const intake = gate.app.get<ProposalIntake>(PROPOSAL_INTAKE, { strict: false });
  return intake.submit(symbol, { ...proposalFields(action), proposal_id: randomUUID(), ...fields }, source);
}

/** The one result of an attempt. Throws when there is none in time, or more than one. */
export async function resultOf(
  testEnv: TestEnvironment,
  planId: string,
  attempt = 1,
  timeoutMs = 5_000,
): Promise<ResultFields> {
  const wanted = ({ fields }: { fields: ResultFields }): boolean =>
    fields['plan_id'] === planId && fields['attempt'] === String(attempt);
  await eventually(
    async () => (await testEnv.results()).some(wanted) || undefined,
    timeoutMs,
    () => ({ planId, attempt, requests: testEnv.exchange.records().requests.slice(-5) }),
  );
  const found = (await testEnv.results()).filter(wanted);
  if (found.length !== 1) throw new Error(`plan ${planId} attempt ${attempt} has ${found.length} results`);
  return found[0]?.fields ?? {};
}

/** The only step of a result. */
export function stepOf(result: ResultFields): Record<string, unknown> {
  const steps = JSON.parse(result['steps_results'] ?? '[]') as Record<string, unknown>[];
  if (steps.length !== 1) throw new Error(`the result has ${steps.length} steps`);
  return steps[0] ?? {};
}

export const GRANT = '{"granted":true}';

/** What the guide's Position Brain writes: plain JSON, none of our fields. */
export function foreignPermit(symbol: string, safeQty: number, amount: number): string {
  return JSON.stringify({
    allow: true,
    symbol,
    safe_close_qty: safeQty,
    exchange_position_amt: amount,
    ledger_amt: amount,
    created_at: Date.now() / 1000,
    reason: 'sanity_checks_passed',
  });
}

export interface HandWritten {
  readonly governor?: string;
  readonly p33?: string;
  readonly block?: string;
  /** Further keys that appear in the same instant. */
  readonly also?: Readonly<Record<string, string>>;
}

/** Permits as a person or a foreign issuer writes them: plain keys with 60 s to live, no event; all in one instant. */
export async function handwrite(testEnv: TestEnvironment, planId: string, written: HandWritten): Promise<void> {
  const { keys } = testEnv;
  const multi = testEnv.redis.multi();
  if (written.block !== undefined) multi.setex(keys.governorBlock(planId), 60, written.block);
  if (written.governor !== undefined) multi.setex(keys.governorPermit(planId), 60, written.governor);
  if (written.p33 !== undefined) multi.setex(keys.positionPermit(planId), 60, written.p33);
  for (const [key, value] of Object.entries(written.also ?? {})) multi.set(key, value);
  await multi.exec();
}

/** A permit as an issuer of this system gives it: key and event in one step. */
export async function issueWithEvent(
  testEnv: TestEnvironment,
  planId: string,
  issuer: 'governor' | 'p33',
  permit: string,
  attempt = 1,
): Promise<void> {
  const { keys } = testEnv;
  const key = issuer === 'governor' ? keys.governorPermit(planId) : keys.positionPermit(planId);
  const event = { plan_id: planId, attempt: String(attempt), issuer, verdict: 'allow', permit };
  await testEnv.redis
    .multi()
    .setex(key, 60, permit)
    .xadd(keys.permitEvents(), '*', ...Object.entries(event).flat())
    .exec();
}

/** The plan's state in the journal. */
export async function stateOf(testEnv: TestEnvironment, planId: string): Promise<string | undefined> {
  return (await testEnv.redis.hget(testEnv.keys.journal(planId), 'state')) ?? undefined;
}

export async function untilState(
  testEnv: TestEnvironment,
  planId: string,
  state: string,
  timeoutMs = 5_000,
): Promise<void> {
  await eventually(async () => (await stateOf(testEnv, planId)) === state || undefined, timeoutMs);
}

/** Resolves when the Position Brain knows the symbol: a ledger and a snapshot are there. */
export async function untilKnown(testEnv: TestEnvironment, ...symbols: readonly string[]): Promise<void> {
  for (const symbol of symbols) {
    await eventually(
      async () => (await testEnv.redis.hexists(testEnv.keys.ledger(symbol), 'last_known_amt')) === 1 || undefined,
    );
  }
}

/** Order requests that reached the exchange, whatever became of them. */
export function orderRequests(
  testEnv: TestEnvironment,
): { readonly params: Readonly<Record<string, string>>; readonly atMs: number }[] {
  return testEnv.exchange
    .records()
    .requests.filter(({ method, path }) => method === 'POST' && path === '/fapi/v1/order');
}

/** A metric's value in the exposition text; 0 when it is not there. */
export async function metric(gate: Gate, line: string): Promise<number> {
  const found = (await gate.metrics()).split('\n').find((each) => each.startsWith(`${line} `));
  return Number(found?.slice(line.length + 1) ?? '0');
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A small repeatable random source (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
