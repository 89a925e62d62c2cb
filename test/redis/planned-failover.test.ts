import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { BUILT_IN_EXCHANGE_INFO } from '../../src/paper-exchange/exchange-info.js';
import { eventually } from '../harness/eventually.js';
import { SENTINEL_NAME, SentinelSet } from '../harness/sentinel-set.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { QUICK, resultOf, sleep, submit, untilKnown } from './apply-support.js';

/** In each round: those that are traded during the failover, and one after it. Some are held then, until an operator looks at them. */
const PER_ROUND = 11;
const SYMBOLS = Array.from({ length: PER_ROUND * 10 }, (_, index) => `B${String(index).padStart(4, '0')}USDT`);
/** Each takes a good 20 s; npm run test:long does all of them. */
const FAILOVERS = Number(process.env['FAILOVERS'] ?? '0');
const NAMED_WITHIN_MS = 60_000;

describe.skipIf(FAILOVERS === 0)('a planned failover (SENTINEL FAILOVER) at 20 plans a second', () => {
  it('[K3] every order at the exchange has its record or a hold within a minute, and the new primary trades', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'permit-gate-failover-'));
    const set = await SentinelSet.start();
    const sentinels = set.addresses.map((address) => ({ host: '127.0.0.1', port: Number(address.split(':')[1]) }));
    const redis = new Redis({ sentinels, name: SENTINEL_NAME, failoverDetector: true, maxRetriesPerRequest: null });
    redis.on('error', () => undefined);
    const testEnv = await TestEnvironment.create(tradingAll(folder), '', { redis });
    try {
      const gate = await testEnv.gate({
        env: {
          ...QUICK,
          ...set.variables,
          APPLY_ALLOWLIST: SYMBOLS.join(','),
          EXCHANGE_UNKNOWN_PROOF_SEC: '5',
          // The comparison with the exchange after each failover needs request weight too.
          P33_POLL_SEC: '1',
          LOG_LEVEL: 'error',
        },
      });
      await untilKnown(testEnv, ...SYMBOLS);
      for (let round = 1; round <= FAILOVERS; round += 1) {
        process.stdout.write(`planned failover ${round}: ${testEnv.orders().length} orders\n`);
        const before = testEnv.orders().length;
        const [fresh = '', ...traded] = SYMBOLS.slice((round - 1) * PER_ROUND, round * PER_ROUND);
        const load = plansFor(gate, traded, 6_000);
        await sleep(2_000);
        await set.failover();
        const switchedMs = performance.now();
        await load;
        const unknown = await eventually(
          async () => {
            const named = await unnamedOrders(testEnv);
            return named.length === 0 ? named : undefined;
          },
          NAMED_WITHIN_MS,
          () => ({ round, switchedMs }),
        );
        expect(unknown).toEqual([]);
        expect(testEnv.orders().length).toBeGreaterThan(before);
        await tradesAgain(testEnv, gate, fresh);
        // The old primary is a replica again, so that it can be promoted.
        const primary = await set.primaryAt();
        const info = new Redis({ path: set.servers[primary]?.socketPath ?? '' });
        await eventually(async () => (await info.info('replication')).includes('state=online') || undefined, 60_000);
        info.disconnect();
      }
      process.stdout.write(
        `${FAILOVERS} planned failovers: ${testEnv.orders().length} orders, held ${(await heldSymbols(testEnv)).length}\n`,
      );
    } finally {
      await testEnv.close();
      await set.stop();
      rmSync(folder, { recursive: true });
    }
  }, 600_000);

  /** Submits a plan each 50 ms, one symbol after the other. A plan that cannot be published meanwhile is not asked for again. */
  async function plansFor(gate: Gate, symbols: readonly string[], forMs: number): Promise<void> {
    const untilMs = performance.now() + forMs;
    const asked: Promise<unknown>[] = [];
    for (let n = 0; performance.now() < untilMs; n += 1) {
      asked.push(
        submit(gate, symbols[n % symbols.length] ?? '', 'CLOSE_PCT', { close_pct: '1' }).catch(
          (error: unknown) => error,
        ),
      );
      await sleep(50);
    }
    await Promise.all(asked);
  }

  /** Orders at the exchange without a trace of their claim, on symbols that are not held. */
  async function unnamedOrders({ exchange, redis, keys }: TestEnvironment): Promise<string[]> {
    const unnamed: string[] = [];
    for (const { clientOrderId, symbol } of exchange.records().orders) {
      const planId = clientOrderId.split('-')[1] ?? '';
      const trace = await redis.lrange(keys.trace(planId), 0, -1);
      if (trace.some((step) => step.includes('"claimed"') && step.includes(clientOrderId))) continue;
      if ((await redis.get(keys.hold(symbol))) === null) unnamed.push(clientOrderId);
    }
    return unnamed;
  }
  async function heldSymbols({ redis, keys }: TestEnvironment): Promise<string[]> {
    const holds = await redis.mget(SYMBOLS.map((symbol) => keys.hold(symbol)));
    return SYMBOLS.filter((_, at) => holds[at] !== null);
  }

  async function tradesAgain(testEnv: TestEnvironment, gate: Gate, symbol: string): Promise<void> {
    let problem = '';
    await eventually(
      async () => {
        try {
          const { planId } = await submit(gate, symbol, 'CLOSE_PCT', { close_pct: '1' });
          return (await resultOf(testEnv, planId))['executed'] === 'True' || undefined;
        } catch (error) {
          problem = String(error);
          return undefined;
        }
      },
      NAMED_WITHIN_MS,
      () => [problem.slice(0, 200), gate.messages().slice(-20)],
    );
  }
});

function tradingAll(folder: string): Parameters<typeof TestEnvironment.create>[0] {
  const listed = BUILT_IN_EXCHANGE_INFO.symbols.find(({ symbol }) => symbol === 'BTCUSDT');
  const symbols = SYMBOLS.map((symbol) => ({ ...listed, symbol, pair: symbol, baseAsset: symbol.slice(0, -4) }));
  const exchangeInfoFile = join(folder, 'exchange-info.json');
  writeFileSync(exchangeInfoFile, JSON.stringify({ ...BUILT_IN_EXCHANGE_INFO, symbols }));
  return { exchangeInfoFile, positions: Object.fromEntries(SYMBOLS.map((symbol) => [symbol, '100'])) };
}
