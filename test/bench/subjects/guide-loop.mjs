// @ts-check
/**
 * The three processes of the deployment guide, as it writes them: each is one thread that does one thing after the other.
 *
 *   guide-loop.mjs apply <redis socket> <ms that the venue takes>    reads proposals, publishes plans, waits for both permits in steps
 *   guide-loop.mjs p33 <redis socket>      reads plans by group, ten at a time, checks the position, permits, acknowledges
 *   guide-loop.mjs governor <redis socket> the same with its limits
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';

const [role = '', path = '', venueMs = '0'] = process.argv.slice(2);
const redis = new Redis({ path });
const PLANS = 'quantum:stream:apply.plan';
const PROPOSALS = 'quantum:stream:harvest.proposal';
const RESULTS = 'quantum:stream:apply.result';
const STEP_MS = 100;
const STEPS = 12;
const PERMIT_TTL_SEC = 60;

/** @typedef {Record<string, string>} Fields */

const streamOfProposals = process.env['PROPOSAL_STREAM'] ?? PROPOSALS;
const streamOfPlans = process.env['PLAN_STREAM'] ?? PLANS;
const streamOfResults = process.env['RESULT_STREAM'] ?? RESULTS;

/** @param {string} issuer @param {string} planId */
const permitKey = (issuer, planId) => (issuer === 'p33' ? `quantum:permit:p33:${planId}` : `quantum:permit:${planId}`);

/** @param {Fields} fields */
async function publishAndApply({ symbol = '', proposal_id: planId = '', ...rest }) {
  const plan = { plan_id: planId, symbol, decision: 'EXECUTE', ...rest };
  await redis.xadd(streamOfPlans, 'MAXLEN', '~', 20_000, '*', ...Object.entries(plan).flat());
  for (let attempt = 0; attempt < STEPS; attempt += 1) {
    const governor = await redis.exists(permitKey('governor', planId));
    const p33 = await redis.exists(permitKey('p33', planId));
    if (governor === 1 && p33 === 1) {
      await redis.del(permitKey('governor', planId), permitKey('p33', planId));
      if (Number(venueMs) > 0) await sleep(Number(venueMs));
      await redis.xadd(streamOfResults, '*', 'plan_id', planId, 'error', '', 'executed', 'True');
      return;
    }
    await sleep(STEP_MS);
  }
  await redis.xadd(streamOfResults, '*', 'plan_id', planId, 'error', 'permit_timeout', 'executed', 'False');
}

/** @param {string} issuer @param {Fields} fields */
async function evaluate(issuer, { plan_id: planId = '', symbol = '' }) {
  const snapshot = await redis.hgetall(`quantum:position:snapshot:${symbol}`);
  const ledger = await redis.hgetall(`quantum:position:ledger:${symbol}`);
  const said = issuer === 'p33' ? { allow: true } : { granted: true };
  const about = { symbol, exchange_amt: snapshot['position_amt'], ledger_amt: ledger['last_known_amt'] };
  const permit = { ...said, plan_id: planId, ...about, created_at: Date.now() / 1000 };
  await redis.setex(permitKey(issuer, planId), PERMIT_TTL_SEC, JSON.stringify(permit));
  process.stdout.write(`${JSON.stringify({ msg: `${issuer} ALLOW plan ${planId}`, symbol })}\n`);
}

const stream = role === 'apply' ? streamOfProposals : streamOfPlans;
await redis.xgroup('CREATE', stream, role, '$', 'MKSTREAM').catch((/** @type {Error} */ error) => {
  if (!error.message.startsWith('BUSYGROUP')) throw error;
});
process.stdout.write(`${JSON.stringify({ msg: 'ready' })}\n`);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(0));
for (;;) {
  const reply = /** @type {[string, [string, string[]][]][] | null} */ (
    await redis.xreadgroup('GROUP', role, `${role}-${process.pid}`, 'COUNT', 10, 'BLOCK', 1_000, 'STREAMS', stream, '>')
  );
  for (const [id, flat] of reply?.[0]?.[1] ?? []) {
    /** @type {Fields} */
    const fields = {};
    for (let index = 0; index < flat.length; index += 2) fields[flat[index] ?? ''] = flat[index + 1] ?? '';
    if (role === 'apply') await publishAndApply(fields);
    else if (fields['decision'] === 'EXECUTE') await evaluate(role, fields);
    await redis.xack(stream, role, id);
  }
}
