// @ts-check
/** What the three services share: the environment, one Redis client, the signed REST interface, a log on standard output. */
import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';

const { env } = process;

/** @param {string} name @param {string} fallback */
export const setting = (name, fallback) => env[name] ?? fallback;
/** @param {string} name @param {number} fallback */
export const numberSetting = (name, fallback) => Number(env[name] ?? fallback);
/** @param {string} name @param {string} fallback */
export const listSetting = (name, fallback) =>
  setting(name, fallback)
    .split(',')
    .map((each) => each.trim());

export const redis = new Redis({ path: setting('REDIS_SOCKET', '') });
export const nowSec = () => Date.now() / 1_000;
export const wholeNowSec = () => Math.floor(nowSec());

/** @param {string} message */
export function log(message) {
  process.stdout.write(`${new Date().toISOString()} ${message}\n`);
}

const TIMEOUT_MS = 10_000;

/**
 * A call of Binance's REST interface, signed as the services sign it. Throws with the exchange's answer.
 * @param {'GET' | 'POST'} method @param {string} path @param {Record<string, string>} [params] @param {boolean} [signed]
 * @returns {Promise<any>}
 */
export async function binance(method, path, params = {}, signed = false) {
  const query = new URLSearchParams(params);
  if (signed) {
    query.set('timestamp', String(Date.now()));
    const secret = setting('BINANCE_TESTNET_API_SECRET', '');
    query.set('signature', createHmac('sha256', secret).update(query.toString()).digest('hex'));
  }
  const response = await fetch(`${setting('BINANCE_URL', '')}${path}?${query.toString()}`, {
    method,
    headers: { 'X-MBX-APIKEY': setting('BINANCE_TESTNET_API_KEY', '') },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const body = await response.text();
  if (!response.ok) throw new Error(`Binance API error: ${body}`);
  return JSON.parse(body);
}

/** One row of the position list, as the exchange writes it. @param {string} symbol @returns {Promise<Record<string, string> | undefined>} */
export async function positionOf(symbol) {
  /** @type {Record<string, string>[]} */
  const rows = await binance('GET', '/fapi/v2/positionRisk', {}, true);
  return rows.find((row) => row['symbol'] === symbol);
}

/**
 * Reads new entries of the plan stream in a consumer group until the process ends. The services read nothing but `>`: what was
 * pending when one was killed stays pending.
 * @param {string} group @param {string} consumer @param {(fields: Record<string, string>) => Promise<void>} handle
 * @param {() => Promise<void>} [betweenReads]
 */
export async function consumePlans(group, consumer, handle, betweenReads = async () => undefined) {
  const stream = 'quantum:stream:apply.plan';
  await redis.xgroup('CREATE', stream, group, '$', 'MKSTREAM').catch((/** @type {Error} */ error) => {
    if (!error.message.includes('BUSYGROUP')) throw error;
  });
  log(`ready: consumer group '${group}' on ${stream}`);
  for (;;) {
    try {
      await betweenReads();
      const read = /** @type {[string, [string, string[]][]][] | null} */ (
        await redis.xreadgroup('GROUP', group, consumer, 'COUNT', 10, 'BLOCK', 1_000, 'STREAMS', stream, '>')
      );
      for (const [id, flat] of read?.[0]?.[1] ?? []) {
        /** @type {Record<string, string>} */
        const fields = {};
        for (let i = 0; i < flat.length; i += 2) fields[flat[i] ?? ''] = flat[i + 1] ?? '';
        await handle(fields).catch((/** @type {Error} */ error) => log(`ERROR Evaluation error: ${error.message}`));
        await redis.xack(stream, group, id);
      }
    } catch (error) {
      log(`ERROR in main loop: ${String(error)}`);
      await sleep(1_000);
    }
  }
}
