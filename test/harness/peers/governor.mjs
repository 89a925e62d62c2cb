// @ts-check
/**
 * Plays the guide's Governor. Its group is `governor`, its consumer `gov-<pid>`. In testnet mode it lets every close pass and
 * writes `computed_qty: 0.0`; in production mode it computes quantity and notional, and counts them in its own keys when it
 * gives the permit, whatever becomes of the order. It reads no results.
 */
import { binance, consumePlans, log, nowSec, numberSetting, positionOf, redis, setting } from './service.mjs';
import { dumps, float } from './python.mjs';

const MODE = setting('APPLY_MODE', 'testnet');
const PER_HOUR = numberSetting('GOV_MAX_EXEC_PER_HOUR', 3);
const PER_5_MIN = numberSetting('GOV_MAX_EXEC_PER_5MIN', 2);
const NOTIONAL_PER_DAY = numberSetting('GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD', 5_000);
const CRITICAL = numberSetting('GOV_KILL_SCORE_CRITICAL', 0.8);
/** @type {Record<string, number>} */
const SHARES = { FULL_CLOSE_PROPOSED: 1, PARTIAL_75: 0.75, PARTIAL_50: 0.5 };

/** @param {string} planId @param {string} symbol @param {string} reason */
async function block(planId, symbol, reason) {
  log(`${symbol}: BLOCKED plan ${planId.slice(0, 8)} - ${reason}`);
  const record = dumps({ reason, timestamp: float(nowSec()), symbol });
  await redis.setex(`quantum:governor:block:${planId}`, 3_600, record);
}

/** @param {string} planId @param {string} symbol @param {number} qty @param {number} notional */
async function permit(planId, symbol, qty, notional) {
  log(`${symbol}: ALLOW plan ${planId.slice(0, 8)} (qty=${qty.toFixed(4)}, notional=$${notional.toFixed(2)})`);
  const record = {
    granted: true,
    symbol,
    decision: 'EXECUTE',
    computed_qty: float(qty),
    computed_notional: float(notional),
    created_at: float(nowSec()),
    consumed: false,
  };
  await redis.setex(`quantum:permit:${planId}`, 60, dumps(record));
  const key = `quantum:governor:exec:${symbol}`;
  await redis.lpush(key, String(nowSec()));
  await redis.ltrim(key, 0, 99);
  await redis.expire(key, 86_400);
}

/** @param {string} symbol @param {number} windowSec */
async function executions(symbol, windowSec) {
  const times = await redis.lrange(`quantum:governor:exec:${symbol}`, 0, -1);
  return times.filter((time) => Number(time) > nowSec() - windowSec).length;
}

/** @param {string} symbol @param {number} notional */
async function fitsDay(symbol, notional) {
  const key = `quantum:governor:daily:${symbol}:${new Date().toISOString().slice(0, 10)}`;
  const total = Number((await redis.get(key)) ?? 0) + notional;
  if (total > NOTIONAL_PER_DAY) return false;
  await redis.setex(key, 86_400, String(total));
  return true;
}

await consumePlans('governor', `gov-${process.pid}`, async (plan) => {
  const { plan_id: planId = '', symbol = 'UNKNOWN', action = '', decision = 'SKIP' } = plan;
  if (planId === '' || decision !== 'EXECUTE') return;
  if ((await redis.exists(`quantum:permit:${planId}`)) === 1) return;
  const share = SHARES[action];
  if (MODE !== 'production') return permit(planId, symbol, 0, 0);
  if (Number(plan['kill_score'] ?? '0') >= CRITICAL && share === undefined)
    return block(planId, symbol, 'kill_score_critical_non_close');
  if ((await executions(symbol, 3_600)) >= PER_HOUR) return block(planId, symbol, 'hourly_limit_exceeded');
  if ((await executions(symbol, 300)) >= PER_5_MIN) return block(planId, symbol, 'burst_limit_exceeded');
  const amount = Math.abs(Number((await positionOf(symbol))?.['positionAmt'] ?? 'NaN'));
  if (!Number.isFinite(amount)) return block(planId, symbol, 'position_fetch_failed');
  const qty = amount * (share ?? 0.75);
  const notional = qty * Number((await binance('GET', '/fapi/v1/premiumIndex', { symbol })).markPrice);
  if (!(await fitsDay(symbol, notional))) return block(planId, symbol, 'daily_limit_exceeded');
  return permit(planId, symbol, qty, notional);
});
