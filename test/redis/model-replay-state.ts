import type { Redis } from 'ioredis';
import type { Issuer } from '../../src/flow/3-permit.js';
import type { Keys } from '../../src/redis/keys/keys.js';

export type Row = Readonly<Record<string, string>>;

/** What test/model/protocol.pml prints of the plans and of the symbol after each step, in its numbers. */
export interface ReplayState {
  readonly plans: readonly Row[];
  readonly symbol: Row;
}

export const SYMBOL = 'BTCUSDT';
export const PLANS = ['plan-a', 'plan-b'] as const;
/** Of the position; the model counts what has gone from it. */
export const START_AMOUNT = 10;

export const INITIAL: ReplayState = {
  plans: PLANS.map(() => ({
    state: 'ABSENT',
    attempt: '0',
    answered: '0',
    governor: '0',
    position: '0',
    block: '0',
    dedupe: '0',
    retry: '0',
    open: '0',
  })),
  symbol: { guard: '0', ttl: '0', unsettled: '0', epoch: '1', ledger: '0', snapshot: '0', kill: '0' },
};

const bit = (yes: boolean): string => (yes ? '1' : '0');
const codeIn = (bytes: string | null): string =>
  bytes === null ? '0' : String((JSON.parse(bytes) as { code: number }).code);

/** The bytes of a verdict, from its number in the model: 1 is a foreign issuer's, which names neither attempt nor epoch. */
export function verdictBytes(issuer: Issuer, code: number, epoch = 0): string {
  if (issuer === 'governor') return JSON.stringify({ granted: true, code });
  if (code % 10 >= 5) return JSON.stringify({ allow: false, reason: 'cooldown_in_flight', code });
  return JSON.stringify({
    allow: true,
    safe_close_qty: 1,
    ...(epoch > 0 ? { position_epoch: String(epoch) } : {}),
    code,
  });
}

/** Whose guard or fill it is: the n-th attempt of all, from 1; 0 for nobody's. */
function ownerIn(value: string | null, attempts: number): string {
  if (value === null) return '0';
  const [planId = '', attempt = ''] = value.split(':');
  return String(PLANS.findIndex((each) => each === planId) * attempts + Number(attempt));
}

/** What is in Redis of the symbol and its plans. `attempts`: of one plan, in the model. */
export async function readState(redis: Redis, keys: Keys, attempts: number): Promise<ReplayState> {
  const [guard, ttl, unsettled, epoch, ledger, snapshot, killSwitch] = await Promise.all([
    redis.get(keys.inflight(SYMBOL)),
    redis.pttl(keys.inflight(SYMBOL)),
    redis.get(keys.unsettled(SYMBOL)),
    redis.get(keys.epoch(SYMBOL)),
    redis.hget(keys.ledger(SYMBOL), 'last_known_amt'),
    redis.hget(keys.snapshot(SYMBOL), 'position_amt'),
    redis.get(keys.killSwitch()),
  ]);
  return {
    plans: await Promise.all(PLANS.map((planId) => planIn(redis, keys, planId))),
    symbol: {
      guard: ownerIn(guard, attempts),
      ttl: bit(ttl > 0),
      unsettled: ownerIn(unsettled, attempts),
      epoch: epoch ?? '',
      ledger: String(START_AMOUNT - Number(ledger)),
      snapshot: String(START_AMOUNT - Number(snapshot)),
      kill: bit((JSON.parse(killSwitch ?? '{}') as { engaged?: boolean }).engaged !== false),
    },
  };
}

async function planIn(redis: Redis, keys: Keys, planId: string): Promise<Row> {
  const [[state, attempt, answered], governor, position, block, dedupe, retry, open] = await Promise.all([
    redis.hmget(keys.journal(planId), 'state', 'attempt', 'answered_ms'),
    redis.get(keys.governorPermit(planId)),
    redis.get(keys.positionPermit(planId)),
    redis.get(keys.governorBlock(planId)),
    redis.exists(keys.dedupe(planId)),
    redis.zscore(keys.retries(), planId),
    redis.zscore(keys.openPlans(), planId),
  ]);
  return {
    state: state ?? 'ABSENT',
    attempt: attempt ?? '0',
    answered: bit(typeof answered === 'string'),
    governor: codeIn(governor),
    position: codeIn(position),
    block: codeIn(block),
    dedupe: String(dedupe),
    retry: bit(retry !== null),
    open: bit(open !== null),
  };
}
