// @ts-check
/**
 * Plays the guide's Position State Brain (P3.3). It reads plans in the group `p33` as `p33-<pid>`. Each poll stores the snapshots,
 * and applies the newest executed result of each symbol among the last ten entries to the ledger: again at every poll, as long as
 * it is among them. An executed quantity of "0" so moves nothing, and one that says how much moves the ledger each time. With
 * `PEER_LEDGER=once` it applies a result once, as a service of its kind should.
 */
import {
  consumePlans,
  listSetting,
  log,
  nowSec,
  numberSetting,
  positionOf,
  redis,
  setting,
  wholeNowSec,
} from './service.mjs';
import { dumps, float, int, round, str } from './python.mjs';

const SYMBOLS = listSetting('P33_ALLOWLIST', 'BTCUSDT');
const POLL_MS = numberSetting('P33_POLL_SEC', 5) * 1_000;
const STALE_SEC = numberSetting('P33_STALE_THRESHOLD_SEC', 10);
const COOLDOWN_SEC = numberSetting('P33_COOLDOWN_SEC', 15);
const TOLERANCE_PCT = numberSetting('P33_QTY_TOLERANCE_PCT', 1);
const PERMIT_TTL = numberSetting('P33_PERMIT_TTL', 60);
const COUNTS_ONCE = setting('PEER_LEDGER', '') === 'once';
const STEP = 0.001;
/** @type {Record<string, number>} */
const SHARES = { FULL_CLOSE_PROPOSED: 1, PARTIAL_75: 0.75, PARTIAL_50: 0.5 };

/** @param {number} amount */
const sideOf = (amount) => (amount > 0 ? 'LONG' : amount < 0 ? 'SHORT' : 'NONE');

/** @param {string} symbol */
async function storeSnapshot(symbol) {
  const row = await positionOf(symbol);
  if (row === undefined) return;
  const amount = Number(row['positionAmt']);
  const key = `quantum:position:snapshot:${symbol}`;
  await redis.hset(key, {
    position_amt: str(float(amount)),
    side: sideOf(amount),
    entry_price: str(float(row['entryPrice'])),
    mark_price: str(float(row['markPrice'])),
    unrealized_pnl: str(float(row['unRealizedProfit'])),
    leverage: str(int(row['leverage'])),
    ts_epoch: str(wholeNowSec()),
    source: 'binance_testnet',
  });
  await redis.expire(key, 3_600);
}

/** @param {string} symbol */
async function applyNewestResult(symbol) {
  for (const [, flat] of await redis.xrevrange('quantum:stream:apply.result', '+', '-', 'COUNT', 10)) {
    const field = (/** @type {string} */ name) => flat[flat.indexOf(name) + 1] ?? '';
    if (field('symbol') !== symbol || field('executed') !== 'True') continue;
    /** @type {Record<string, string | number | undefined>[]} */
    const steps = JSON.parse(field('steps_results') || '[]');
    const last = steps.at(-1);
    if (last !== undefined) await moveLedger(symbol, field('plan_id'), last);
    return;
  }
}

/** @param {string} symbol @param {string} planId @param {Record<string, string | number | undefined>} step */
async function moveLedger(symbol, planId, { order_id: orderId, executed_qty: executedQty, side }) {
  const key = `quantum:position:ledger:${symbol}`;
  const ledger = await redis.hgetall(key);
  if (COUNTS_ONCE && ledger['last_result_plan_id'] === planId) return;
  const before = Number(ledger['last_known_amt'] ?? 0);
  const qty = Number(executedQty ?? 0);
  let after = before;
  if (side === 'SELL' && before > 0) after = Math.max(0, before - qty);
  if (side === 'BUY' && before < 0) after = Math.min(0, before + qty);
  await redis.hset(key, {
    last_order_id: str(orderId ?? ''),
    last_result_plan_id: planId,
    last_executed_qty: str(float(qty)),
    last_side: str(side ?? 'UNKNOWN'),
    updated_at: str(wholeNowSec()),
    last_known_amt: str(float(after)),
  });
  await redis.expire(key, 86_400);
  log(`${symbol}: Ledger updated (order=${str(orderId)}, new_amt=${after.toFixed(4)})`);
}

/** @param {string} planId @param {string} symbol @param {string} reason @param {Record<string, unknown>} context */
async function deny(planId, symbol, reason, context) {
  log(`${symbol}: P3.3 DENY plan ${planId.slice(0, 8)} reason=${reason} context=${dumps(context)}`);
  const permit = dumps({ allow: false, symbol, reason, context, created_at: float(nowSec()) });
  await redis.setex(`quantum:permit:p33:${planId}`, PERMIT_TTL, permit);
}

/** @param {string} planId @param {string} symbol @param {string} action */
async function evaluate(planId, symbol, action) {
  const snapshot = await redis.hgetall(`quantum:position:snapshot:${symbol}`);
  if (snapshot['position_amt'] === undefined) return deny(planId, symbol, 'no_exchange_snapshot', {});
  const age = wholeNowSec() - int(snapshot['ts_epoch']);
  if (age > STALE_SEC) return deny(planId, symbol, 'stale_exchange_state', { age_seconds: age });
  const amount = Number(snapshot['position_amt']);
  if (Math.abs(amount) < 0.0001) return deny(planId, symbol, 'no_position', { exchange_amt: float(amount) });
  const stored = await redis.hgetall(`quantum:position:ledger:${symbol}`);
  const hasLedger = Object.keys(stored).length > 0;
  const ledger = {
    amount: Number(stored['last_known_amt'] ?? 0),
    updatedAt: hasLedger ? int(stored['updated_at'] ?? '0') : 0,
  };
  if (hasLedger) {
    const [exchangeSide, ledgerSide] = [snapshot['side'] ?? 'NONE', sideOf(ledger.amount)];
    if (exchangeSide !== 'NONE' && ledgerSide !== 'NONE' && exchangeSide !== ledgerSide)
      return deny(planId, symbol, 'reconcile_required_side_mismatch', {
        exchange_side: exchangeSide,
        ledger_side: ledgerSide,
      });
    const diff = Math.abs(Math.abs(amount) - Math.abs(ledger.amount));
    const tolerance = Math.max(0.001, Math.abs(amount) * (TOLERANCE_PCT / 100));
    if (diff > tolerance)
      return deny(planId, symbol, 'reconcile_required_qty_mismatch', {
        exchange_amt: float(amount),
        ledger_amt: float(ledger.amount),
        diff: float(diff),
        tolerance: float(tolerance),
      });
    const since = wholeNowSec() - ledger.updatedAt;
    if (since < COOLDOWN_SEC)
      return deny(planId, symbol, 'cooldown_in_flight', { seconds_since_last: since, cooldown_sec: COOLDOWN_SEC });
  }
  const safeQty = round((Math.abs(amount) * (SHARES[action] ?? 1)) / STEP) * STEP;
  log(
    `${symbol}: P3.3 ALLOW plan ${planId.slice(0, 8)} (safe_qty=${safeQty.toFixed(4)}, exchange_amt=${amount.toFixed(4)})`,
  );
  const permit = {
    allow: true,
    symbol,
    safe_close_qty: float(safeQty),
    exchange_position_amt: float(amount),
    ledger_amt: float(hasLedger ? ledger.amount : 0),
    created_at: float(nowSec()),
    reason: 'sanity_checks_passed',
  };
  await redis.setex(`quantum:permit:p33:${planId}`, PERMIT_TTL, dumps(permit));
}

let polledMs = -Infinity;
log('P3.3 Position State Brain starting (event-driven mode)');
await consumePlans(
  'p33',
  `p33-${process.pid}`,
  async ({ plan_id: planId = '', symbol = '', action = '', decision }) => {
    if (planId !== '' && decision === 'EXECUTE' && SYMBOLS.includes(symbol)) await evaluate(planId, symbol, action);
  },
  async () => {
    if (performance.now() - polledMs < POLL_MS) return;
    polledMs = performance.now();
    for (const symbol of SYMBOLS) {
      await storeSnapshot(symbol).catch((/** @type {Error} */ error) => log(`ERROR ${symbol}: ${error.message}`));
      await applyNewestResult(symbol);
    }
  },
);
