import { randomUUID } from 'node:crypto';
import { MARK_PRICES, type MarkPrices } from '../../src/exchange/mark-prices.port.js';
import { eventually } from '../harness/eventually.js';
import type { Gate, TestEnvironment } from '../harness/test-environment.js';

type Fields = Readonly<Record<string, string>>;
export type Json = Record<string, unknown>;

const CLOSE_FULL = closeStep('CLOSE_FULL', 100);
export const CLOSE_75 = closeStep('CLOSE_PARTIAL_75', 75);

function closeStep(step: string, pct: number): string {
  return JSON.stringify([{ step, type: 'market_reduce_only', side: 'close', pct }]);
}

export const newPlanId = (): string => randomUUID().replaceAll('-', '').slice(0, 16);

/** Redis' clock, which everything is judged by. */
export async function redisNowMs(testEnv: TestEnvironment): Promise<number> {
  const [seconds = 0, micros = 0] = await testEnv.redis.time();
  return seconds * 1000 + Math.floor(micros / 1000);
}

/** A plan as the guide's Apply publishes it: no journal, no attempt, unless `fields` say so. Answers with its id. */
export async function publishPlan(testEnv: TestEnvironment, symbol: string, fields: Fields = {}): Promise<string> {
  const plan: Record<string, string> = {
    plan_id: newPlanId(),
    symbol,
    action: 'FULL_CLOSE_PROPOSED',
    kill_score: '0.5',
    decision: 'EXECUTE',
    steps: CLOSE_FULL,
    timestamp: '1769860800',
    ...fields,
  };
  await testEnv.redis.xadd(testEnv.keys.planStream(), '*', ...Object.entries(plan).flat());
  return plan['plan_id'] ?? '';
}

/** A result as the guide's Apply publishes it, unless `fields` say otherwise. Answers with the entry's id. */
export async function publishResult(
  testEnv: TestEnvironment,
  symbol: string,
  step: Json | undefined,
  fields: Fields = {},
): Promise<string> {
  const result: Record<string, string> = {
    plan_id: newPlanId(),
    symbol,
    decision: 'EXECUTE',
    executed: step === undefined ? 'False' : 'True',
    would_execute: 'True',
    steps_results: JSON.stringify(
      step === undefined ? [] : [{ step: 'CLOSE_FULL', status: 'filled', reduce_only: true, ...step }],
    ),
    error: '',
    timestamp: String((await redisNowMs(testEnv)) / 1000),
    ...fields,
  };
  return (await testEnv.redis.xadd(testEnv.keys.resultStream(), '*', ...Object.entries(result).flat())) ?? '';
}

async function json(testEnv: TestEnvironment, key: string): Promise<Json | undefined> {
  const text = await testEnv.redis.get(key);
  return text === null ? undefined : (JSON.parse(text) as Json);
}

/** The Position Brain's word on a plan, permit or denial. */
function positionWord(testEnv: TestEnvironment, planId: string, timeoutMs = 5_000): Promise<Json> {
  return eventually(() => json(testEnv, testEnv.keys.positionPermit(planId)), timeoutMs);
}

/** Asks the Position Brain about a plan of its own. */
export async function askPosition(testEnv: TestEnvironment, symbol: string, fields: Fields = {}): Promise<Json> {
  return positionWord(testEnv, await publishPlan(testEnv, symbol, fields));
}

/** The Governor's word on a plan: its permit, or its block with `granted: false`. */
export function governorWord(testEnv: TestEnvironment, planId: string, timeoutMs = 5_000): Promise<Json> {
  return eventually(async () => {
    const [permit, block] = await Promise.all([
      json(testEnv, testEnv.keys.governorPermit(planId)),
      json(testEnv, testEnv.keys.governorBlock(planId)),
    ]);
    return permit ?? (block === undefined ? undefined : { granted: false, ...block });
  }, timeoutMs);
}

export async function askGovernor(testEnv: TestEnvironment, symbol: string, fields: Fields = {}): Promise<Json> {
  return governorWord(testEnv, await publishPlan(testEnv, symbol, fields));
}

/** A snapshot as a Position Brain stores it, `ageMs` old. */
export async function writeSnapshot(
  testEnv: TestEnvironment,
  symbol: string,
  amount: string,
  over: Fields = {},
  ageMs = 0,
): Promise<void> {
  const tsMs = (await redisNowMs(testEnv)) - ageMs;
  await testEnv.redis.hset(testEnv.keys.snapshot(symbol), {
    position_amt: amount,
    mark_price: '1000',
    ts_ms: String(tsMs),
    ts_epoch: String(tsMs / 1000),
    resting_reduce_qty: '0',
    ...over,
  });
}

/** Moves the exchange's mark price, and waits until a gate's Governor knows it. */
export async function moveMark(testEnv: TestEnvironment, gate: Gate, symbol: string, price: string): Promise<void> {
  const prices = gate.app.get<MarkPrices>(MARK_PRICES, { strict: false });
  testEnv.exchange.setMark(symbol, price);
  // A stream that was not connected yet sends it within a second.
  await eventually(() => prices.of(symbol)?.price.eq(price) || undefined);
}

export const ledgerAmt = (testEnv: TestEnvironment, symbol: string): Promise<string | null> =>
  testEnv.redis.hget(testEnv.keys.ledger(symbol), 'last_known_amt');

export async function untilLedger(
  testEnv: TestEnvironment,
  symbol: string,
  amount: string,
  timeoutMs = 5_000,
): Promise<void> {
  let seen: string | null = null;
  await eventually(
    async () => (seen = await ledgerAmt(testEnv, symbol)) === amount || undefined,
    timeoutMs,
    () => ({ wanted: amount, seen }),
  );
}

/** The events of one kind in stream:governor.events. */
/** What the processes of a role have audited. */
export async function auditOf(testEnv: TestEnvironment, role: string): Promise<Record<string, string>[]> {
  const streams = await testEnv.redis.keys(`${testEnv.prefix}stream:audit:${role}:*`);
  const entries = await Promise.all(streams.map((stream) => testEnv.entries(stream)));
  return entries.flat().map(({ fields }) => fields);
}

export async function eventsOf(testEnv: TestEnvironment, event: string): Promise<Record<string, string>[]> {
  const entries = await testEnv.entries(testEnv.keys.governorEvents());
  return entries.map(({ fields }) => fields).filter((fields) => fields['event'] === event);
}

export async function deadLetters(testEnv: TestEnvironment): Promise<Record<string, string>[]> {
  return (await testEnv.entries(testEnv.keys.deadLetters())).map(({ fields }) => fields);
}

async function groupOf(testEnv: TestEnvironment, stream: string, group: string): Promise<Json> {
  const groups = (await testEnv.redis.xinfo('GROUPS', stream)) as (string | number | null)[][];
  const rows = groups.map(
    (flat) => Object.fromEntries(flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1]]] : []))) as Json,
  );
  return rows.find((row) => row['name'] === group) ?? {};
}

/** The last entry a group was given. */
export async function deliveredTo(testEnv: TestEnvironment, stream: string, group: string): Promise<string> {
  return String((await groupOf(testEnv, stream, group))['last-delivered-id']);
}

/** Resolves when a group was given, and has acknowledged, everything in a stream. */
export function untilSettled(
  testEnv: TestEnvironment,
  stream: string,
  group: string,
  timeoutMs = 5_000,
): Promise<true> {
  return eventually(async () => {
    const { pending, 'last-delivered-id': delivered } = await groupOf(testEnv, stream, group);
    const last = (await testEnv.redis.xrevrange(stream, '+', '-', 'COUNT', 1))[0]?.[0];
    return (pending === 0 && delivered === last) || undefined;
  }, timeoutMs);
}
