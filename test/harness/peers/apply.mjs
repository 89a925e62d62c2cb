// @ts-check
/**
 * Plays the guide's Apply Layer. It polls the proposal hashes, one symbol after the other; publishes a plan at every poll, a repeated one
 * as `SKIP`; looks for both permits every 100 ms, twelve times; sends the order without a client order id; and reports what the
 * exchange's ACK says: an order id, and an executed quantity of "0". It reads no kill switch of Redis and never looks inside the
 * Governor's permit. As in Python, SIGTERM ends it at once, wherever it is.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { binance, listSetting, log, numberSetting, positionOf, redis, setting, wholeNowSec } from './service.mjs';
import { dumps, float, str } from './python.mjs';

const SYMBOLS = listSetting('SYMBOLS', 'BTCUSDT');
const ALLOWLIST = new Set(listSetting('APPLY_ALLOWLIST', 'BTCUSDT'));
const POLL_MS = numberSetting('APPLY_POLL_SEC', 5) * 1_000;
const DEDUPE_TTL_SEC = numberSetting('APPLY_DEDUPE_TTL_SEC', 21_600);
const CRITICAL = numberSetting('K_BLOCK_CRITICAL', 0.8);
const WARNING = numberSetting('K_BLOCK_WARNING', 0.6);
const KILL_SWITCH = setting('APPLY_KILL_SWITCH', 'false') === 'true';
/** Where a test lets it die: `after_order` is between the exchange's answer and the result. */
const DIES = setting('PEER_DIES', '');

/** @type {Record<string, Record<string, unknown>>} */
const STEPS = {
  FULL_CLOSE_PROPOSED: { step: 'CLOSE_FULL', type: 'market_reduce_only', side: 'close', pct: float(100) },
  PARTIAL_75: { step: 'CLOSE_PARTIAL_75', type: 'market_reduce_only', side: 'close', pct: float(75) },
  PARTIAL_50: { step: 'CLOSE_PARTIAL_50', type: 'market_reduce_only', side: 'close', pct: float(50) },
};

/** @typedef {{ planId: string, symbol: string, decision: string, steps: Record<string, unknown>[] }} Plan */
/** @typedef {{ decision: string, executed: boolean, would: boolean, steps: Record<string, unknown>[], error: string }} Result */

/** @param {Record<string, string>} proposal @param {string} name */
const number = (proposal, name) => (Number.isFinite(Number(proposal[name] || 'x')) ? float(proposal[name]) : null);

/** @param {string} symbol @param {Record<string, string>} proposal @returns {Promise<Plan>} */
async function publishPlan(symbol, proposal) {
  const action = proposal['harvest_action'] ?? '';
  const killScore = Number(proposal['kill_score']);
  const newSl = number(proposal, 'new_sl_proposed');
  const identity = `${symbol}:${action}:${killScore.toFixed(6)}:${str(newSl)}:${proposal['computed_at_utc'] ?? ''}`;
  const planId = createHash('sha256').update(identity).digest('hex').slice(0, 16);
  const { decision, reasons, steps } = await decide(symbol, action, killScore, newSl, planId);
  const fields = {
    plan_id: planId,
    symbol,
    action,
    kill_score: str(float(killScore)),
    k_regime_flip: str(number(proposal, 'k_regime_flip')),
    k_sigma_spike: str(number(proposal, 'k_sigma_spike')),
    k_ts_drop: str(number(proposal, 'k_ts_drop')),
    k_age_penalty: str(number(proposal, 'k_age_penalty')),
    new_sl_proposed: newSl === null ? '' : str(newSl),
    R_net: str(number(proposal, 'R_net')),
    decision,
    reason_codes: reasons.join(','),
    steps: dumps(steps),
    close_qty: '0.0',
    price: '',
    timestamp: str(wholeNowSec()),
  };
  await redis.xadd('quantum:stream:apply.plan', 'MAXLEN', '~', 10_000, '*', ...Object.entries(fields).flat());
  log(`${symbol}: Plan ${planId} published (decision=${decision}, steps=${steps.length})`);
  return { planId, symbol, decision, steps };
}

/** @param {string} symbol @param {string} action @param {number} killScore @param {import("./python.mjs").Float | null} newSl @param {string} planId */
async function decide(symbol, action, killScore, newSl, planId) {
  const refused = (/** @type {string} */ decision, /** @type {string} */ reason) => ({
    decision,
    reasons: [reason],
    steps: [],
  });
  if (KILL_SWITCH) return refused('BLOCKED', 'kill_switch_active');
  if (!ALLOWLIST.has(symbol)) return refused('SKIP', 'not_in_allowlist');
  if (killScore >= CRITICAL) return refused('BLOCKED', 'kill_score_critical');
  const isClose = STEPS[action] !== undefined;
  if (killScore >= WARNING && !isClose) return refused('BLOCKED', 'kill_score_warning_risk_increase');
  const reasons = killScore >= WARNING ? ['kill_score_warning_close_ok'] : [];
  const dedupe = `quantum:apply:dedupe:${planId}`;
  if ((await redis.setnx(dedupe, String(wholeNowSec()))) === 0) return refused('SKIP', 'duplicate_plan');
  await redis.expire(dedupe, DEDUPE_TTL_SEC);
  const step = STEPS[action];
  if (step !== undefined) return { decision: 'EXECUTE', reasons, steps: [step] };
  if (action === 'HOLD') return refused('SKIP', 'action_hold');
  if (action !== 'UPDATE_SL') return refused('ERROR', `unknown_action_${action}`);
  if (newSl === null) return refused('ERROR', 'missing_new_sl');
  return { decision: 'EXECUTE', reasons, steps: [{ step: 'UPDATE_SL', type: 'stop_loss_order', price: newSl }] };
}

/** @param {Record<string, unknown>[]} steps @param {string} error @param {string} [decision] @returns {Result} */
const blocked = (steps, error, decision = 'BLOCKED') => ({ decision, executed: false, would: false, steps, error });

/** @param {Plan} plan @returns {Promise<Result>} */
async function execute({ planId, symbol, decision, steps }) {
  const amount = Number((await positionOf(symbol))?.['positionAmt'] ?? '0');
  if (Math.abs(amount) < 0.001)
    return blocked(
      [{ step: 'POSITION_CHECK', status: 'no_position', details: 'No position to close' }],
      'no_position',
      'SKIP',
    );
  if (!(await permitsReady(planId, symbol)))
    return blocked(
      [{ step: 'PERMIT_CHECK', status: 'timeout', details: 'Permits not available within 1200ms window' }],
      'permit_timeout',
    );
  const key = `quantum:permit:p33:${planId}`;
  const permit = JSON.parse((await redis.get(key)) ?? 'null');
  const safeQty = Number(permit?.safe_close_qty ?? 0);
  if (permit?.allow !== true || !(safeQty > 0))
    return blocked(
      [{ step: 'P33_CHECK', status: 'denied', details: `P3.3 denied: ${permit?.reason}` }],
      'missing_or_denied_p33_permit',
    );
  await redis.del(key);
  /** @type {Record<string, unknown>[]} */
  const done = [];
  for (const { step } of steps) {
    try {
      done.push(
        step === 'UPDATE_SL'
          ? { step, status: 'not_implemented', details: 'Stop loss modification not yet supported' }
          : await reduce(String(step), symbol, amount > 0 ? 'SELL' : 'BUY', safeQty),
      );
    } catch (error) {
      done.push({ step, status: 'error', details: String(error) });
    }
  }
  return { decision, executed: true, would: false, steps: done, error: '' };
}

/** @param {string} planId @param {string} symbol */
async function permitsReady(planId, symbol) {
  for (let look = 0; look < 12; look += 1) {
    const governor = await redis.exists(`quantum:permit:${planId}`);
    const p33 = await redis.exists(`quantum:permit:p33:${planId}`);
    if (governor === 1 && p33 === 1) {
      log(`${symbol}: Both permits ready (Governor + P3.3)`);
      return true;
    }
    if (look < 11) await sleep(100);
    else log(`${symbol}: Permit timeout (missing: ${[governor ? '' : 'Governor', p33 ? '' : 'P3.3'].join(' ')})`);
  }
  return false;
}

/** @param {string} step @param {string} symbol @param {string} side @param {number} safeQty */
async function reduce(step, symbol, side, safeQty) {
  // Python: float(int(quantity / step_size) * step_size), and requests write the float as it is.
  const quantity = str(float(Math.trunc(safeQty / 0.001) * 0.001));
  const order = { symbol, side, type: 'MARKET', quantity: Number(quantity).toFixed(3), reduceOnly: 'true' };
  const answer = await binance('POST', '/fapi/v1/order', order, true);
  if (DIES === 'after_order') process.kill(process.pid, 'SIGKILL');
  log(`${symbol}: Order ${answer.orderId} executed successfully`);
  return {
    step,
    status: 'success',
    details: `Order ${answer.orderId}: ${side} ${answer.executedQty} @ MARKET (reduceOnly)`,
    order_id: String(answer.orderId),
    side,
    quantity: answer.origQty,
    executed_qty: answer.executedQty,
    reduce_only: true,
  };
}

/** @param {Plan} plan @param {Result} result */
async function publishResult({ planId, symbol }, { decision, executed, would, steps, error }) {
  const fields = {
    plan_id: planId,
    symbol,
    decision,
    executed: str(executed),
    would_execute: str(would),
    steps_results: dumps(steps),
    error,
    timestamp: str(wholeNowSec()),
  };
  await redis.xadd('quantum:stream:apply.result', 'MAXLEN', '~', 10_000, '*', ...Object.entries(fields).flat());
  log(`${symbol}: Result published (executed=${str(executed)}, error=${error || 'None'})`);
}

log(`ready: polling ${SYMBOLS.join(',')}`);
for (;;) {
  for (const symbol of SYMBOLS) {
    try {
      const proposal = await redis.hgetall(`quantum:harvest:proposal:${symbol}`);
      if (proposal['harvest_action'] === undefined || !Number.isFinite(Number(proposal['kill_score'] ?? 'x'))) continue;
      const plan = await publishPlan(symbol, proposal);
      const { decision } = plan;
      const skipped = { decision, executed: false, would: false, steps: [], error: '' };
      await publishResult(
        plan,
        decision === 'EXECUTE' ? await execute(plan).catch((error) => blocked([], String(error), 'ERROR')) : skipped,
      );
    } catch (error) {
      log(`ERROR ${symbol}: Error in cycle: ${String(error)}`);
    }
  }
  await sleep(POLL_MS);
}
