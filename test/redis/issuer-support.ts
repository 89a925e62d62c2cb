import { randomUUID } from 'node:crypto';
import { eventually, type World } from '../support/gate.js';

type Fields = Readonly<Record<string, string>>;
export type Json = Record<string, unknown>;

const CLOSE_FULL = closeStep('CLOSE_FULL', 100);
export const CLOSE_75 = closeStep('CLOSE_PARTIAL_75', 75);

function closeStep(step: string, pct: number): string {
  return JSON.stringify([{ step, type: 'market_reduce_only', side: 'close', pct }]);
}

export const newPlanId = (): string => randomUUID().replaceAll('-', '').slice(0, 16);

/** Redis' clock, which everything is judged by. */
export async function redisNowMs(world: World): Promise<number> {
  const [seconds = 0, micros = 0] = await world.redis.time();
  return seconds * 1000 + Math.floor(micros / 1000);
}

/** A plan as the guide's Apply publishes it: no journal, no attempt, unless `fields` say so. Answers with its id. */
export async function publishPlan(world: World, symbol: string, fields: Fields = {}): Promise<string> {
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
  await world.redis.xadd(world.keys.planStream(), '*', ...Object.entries(plan).flat());
  return plan['plan_id'] ?? '';
}

/** A result as the guide's Apply publishes it, unless `fields` say otherwise. Answers with the entry's id. */
export async function publishResult(
  world: World,
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
    timestamp: String((await redisNowMs(world)) / 1000),
    ...fields,
  };
  return (await world.redis.xadd(world.keys.resultStream(), '*', ...Object.entries(result).flat())) ?? '';
}

async function json(world: World, key: string): Promise<Json | undefined> {
  const text = await world.redis.get(key);
  return text === null ? undefined : (JSON.parse(text) as Json);
}

/** The Position Brain's word on a plan, permit or denial. */
function positionWord(world: World, planId: string, timeoutMs = 5_000): Promise<Json> {
  return eventually(() => json(world, world.keys.positionPermit(planId)), timeoutMs);
}

/** Asks the Position Brain about a plan of its own. */
export async function askPosition(world: World, symbol: string, fields: Fields = {}): Promise<Json> {
  return positionWord(world, await publishPlan(world, symbol, fields));
}

/** The Governor's word on a plan: its permit, or its block with `granted: false`. */
export function governorWord(world: World, planId: string, timeoutMs = 5_000): Promise<Json> {
  return eventually(async () => {
    const [permit, block] = await Promise.all([
      json(world, world.keys.governorPermit(planId)),
      json(world, world.keys.governorBlock(planId)),
    ]);
    return permit ?? (block === undefined ? undefined : { granted: false, ...block });
  }, timeoutMs);
}

export async function askGovernor(world: World, symbol: string, fields: Fields = {}): Promise<Json> {
  return governorWord(world, await publishPlan(world, symbol, fields));
}

/** A snapshot as a Position Brain stores it, `ageMs` old. */
export async function writeSnapshot(
  world: World,
  symbol: string,
  amount: string,
  over: Fields = {},
  ageMs = 0,
): Promise<void> {
  const tsMs = (await redisNowMs(world)) - ageMs;
  await world.redis.hset(world.keys.snapshot(symbol), {
    position_amt: amount,
    mark_price: '1000',
    ts_ms: String(tsMs),
    ts_epoch: String(tsMs / 1000),
    resting_reduce_qty: '0',
    ...over,
  });
}

export const ledgerAmt = (world: World, symbol: string): Promise<string | null> =>
  world.redis.hget(world.keys.ledger(symbol), 'last_known_amt');

export async function untilLedger(world: World, symbol: string, amount: string, timeoutMs = 5_000): Promise<void> {
  let seen: string | null = null;
  await eventually(
    async () => (seen = await ledgerAmt(world, symbol)) === amount || undefined,
    timeoutMs,
    () => ({ wanted: amount, seen }),
  );
}

/** The events of one kind in stream:governor.events. */
export async function eventsOf(world: World, event: string): Promise<Record<string, string>[]> {
  const entries = await world.entries(world.keys.governorEvents());
  return entries.map(({ fields }) => fields).filter((fields) => fields['event'] === event);
}

export async function deadLetters(world: World): Promise<Record<string, string>[]> {
  return (await world.entries(world.keys.deadLetters())).map(({ fields }) => fields);
}

async function groupOf(world: World, stream: string, group: string): Promise<Json> {
  const groups = (await world.redis.xinfo('GROUPS', stream)) as (string | number | null)[][];
  const rows = groups.map(
    (flat) => Object.fromEntries(flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1]]] : []))) as Json,
  );
  return rows.find((row) => row['name'] === group) ?? {};
}

/** The last entry a group was given. */
export async function deliveredTo(world: World, stream: string, group: string): Promise<string> {
  return String((await groupOf(world, stream, group))['last-delivered-id']);
}

/** Resolves when a group was given, and has acknowledged, everything in a stream. */
export function untilSettled(world: World, stream: string, group: string, timeoutMs = 5_000): Promise<true> {
  return eventually(async () => {
    const { pending, 'last-delivered-id': delivered } = await groupOf(world, stream, group);
    const last = (await world.redis.xrevrange(stream, '+', '-', 'COUNT', 1))[0]?.[0];
    return (pending === 0 && delivered === last) || undefined;
  }, timeoutMs);
}
