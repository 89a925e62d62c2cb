import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Keys } from '../../src/redis/keys/keys.js';

const planIdOf = (index: number): string => createHash('sha256').update(String(index)).digest('hex').slice(0, 16);

export interface StreamLoad {
  readonly symbols: readonly string[];
  /** Ids are given by this time; without it by Redis. */
  readonly atMs?: (index: number) => number;
}

const steps = JSON.stringify([{ step: 'CLOSE_PARTIAL_50', type: 'market_reduce_only', side: 'close', pct: 50 }]);

/** Plans as Apply publishes them, each with two verdicts and a result, appended in bulk. */
export async function appendPlans(
  redis: Redis,
  keys: Keys,
  from: number,
  count: number,
  { symbols, atMs }: StreamLoad,
): Promise<void> {
  const pipeline = redis.pipeline();
  for (let index = from; index < from + count; index += 1) {
    const symbol = symbols[index % symbols.length] ?? '';
    const planId = planIdOf(index);
    const id = (offset: number): string => (atMs === undefined ? '*' : `${atMs(index)}-${4 * index + offset}`);
    const plan = {
      plan_id: planId,
      symbol,
      action: 'PARTIAL_50',
      kill_score: '0.123456',
      k_regime_flip: '0.1',
      k_sigma_spike: '0.2',
      k_ts_drop: '0.3',
      k_age_penalty: '0.4',
      new_sl_proposed: '',
      R_net: '1.5',
      decision: 'EXECUTE',
      reason_codes: '',
      steps,
      close_qty: '0.005',
      price: '',
      timestamp: '1764518400',
      schema: '2',
      source: 'strategy',
      attempt: '1',
      plan_hash: planIdOf(-index),
      computed_at_utc: '2025-11-30T16:00:00Z',
      mode: 'testnet',
    };
    pipeline.xadd(keys.planStream(), id(0), ...Object.entries(plan).flat());
    for (const issuer of ['governor', 'p33']) {
      const permit = { plan_id: planId, symbol, attempt: 1, issuer, granted: true, allow: true };
      const fields = { plan_id: planId, attempt: '1', issuer, verdict: 'allow', permit: JSON.stringify(permit) };
      pipeline.xadd(keys.permitEvents(), id(issuer === 'p33' ? 2 : 1), ...Object.entries(fields).flat());
    }
    const result = {
      plan_id: planId,
      symbol,
      decision: 'EXECUTE',
      executed: 'True',
      would_execute: 'False',
      steps_results: JSON.stringify([{ step: 'CLOSE_PARTIAL_50', status: 'FILLED', executed_qty: '0.005' }]),
      error: '',
      timestamp: '1764518400',
      reason: '',
      attempt: '1',
      state: 'FILLED',
    };
    pipeline.xadd(keys.resultStream(), id(3), ...Object.entries(result).flat());
  }
  for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
}

/** Every id that a stream holds, without reading it into one reply. */
export async function idsOf(redis: Redis, stream: string): Promise<string[]> {
  const ids: string[] = [];
  for (let from = '-'; ; from = `(${ids.at(-1) ?? ''}`) {
    const page = await redis.xrange(stream, from, '+', 'COUNT', 5_000);
    for (const [id] of page) ids.push(id);
    if (page.length < 5_000) return ids;
  }
}
