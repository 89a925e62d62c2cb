import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Keys } from '../../src/redis/keys/keys.js';
import { fieldsOf } from './history.js';

const LOOK_EVERY_MS = 250;
/** Two looks in a row must agree: between a retry that was taken and its plan there is a moment with neither. */
const CALM_LOOKS = 3;

/** The unfinished work, as sentences; empty when there is none. */
async function onItsWay(redis: Redis, keys: Keys, symbols: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const planId of await redis.zrange(keys.openPlans(), '0', '-1')) {
    const state = await redis.hget(keys.journal(planId), 'state');
    found.push(`plan ${planId} is ${state ?? 'without a journal'}`);
  }
  for (const planId of await redis.zrange(keys.retries(), '0', '-1'))
    found.push(`plan ${planId} is due for another attempt`);
  for (const member of await redis.zrange(keys.openReservations(), '0', '-1')) {
    found.push(`the reservation of ${member} awaits its result`);
  }
  for (const symbol of symbols) {
    const guard = await redis.get(keys.inflight(symbol));
    if (guard !== null) found.push(`${symbol} is in flight for ${guard}`);
  }
  const groups = [
    [keys.planStream(), ['apply', 'governor', 'p33']],
    [keys.resultStream(), ['governor', 'p33']],
    [keys.proposalStream(), ['apply']],
  ] as const;
  for (const [stream, names] of groups) found.push(...(await unread(redis, stream, names)));
  return found;
}

async function unread(redis: Redis, stream: string, names: readonly string[]): Promise<string[]> {
  if ((await redis.exists(stream)) === 0) return [];
  const [info, groups] = await Promise.all([
    redis.call('XINFO', 'STREAM', stream) as Promise<unknown[]>,
    redis.call('XINFO', 'GROUPS', stream) as Promise<unknown[][]>,
  ]);
  const newest = fieldsOf(info.map(String))['last-generated-id'];
  const known = groups.map((group) => fieldsOf(group.map(String)));
  return names.flatMap((name) => {
    const group = known.find((each) => each['name'] === name);
    if (group === undefined) return [`the group ${name} of ${stream} does not exist`];
    const found: string[] = [];
    if (group['pending'] !== '0') found.push(`${group['pending'] ?? '?'} entries of ${stream} are pending for ${name}`);
    const entries = fieldsOf(info.map(String))['length'];
    if (entries !== '0' && group['last-delivered-id'] !== newest) found.push(`${name} has not read all of ${stream}`);
    return found;
  });
}

/** Waits until no work is unfinished; returns the rest when the time is over. */
export async function untilCalm(
  redis: Redis,
  keys: Keys,
  symbols: readonly string[],
  withinMs: number,
): Promise<readonly string[]> {
  const until = Date.now() + withinMs;
  let calm = 0;
  for (;;) {
    const found = await onItsWay(redis, keys, symbols);
    calm = found.length === 0 ? calm + 1 : 0;
    if (calm >= CALM_LOOKS) return [];
    if (Date.now() > until && found.length > 0) return found;
    await sleep(LOOK_EVERY_MS);
  }
}
