import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keysFor } from '../../src/redis/keys.js';
import { eventually, proposalFields } from '../support/gate.js';
import { type Program, Surroundings } from './support.js';

const ROLES = ['apply', 'position-brain', 'governor'];
const OF_THE_EXCHANGE = /^(BINANCE_|EXCHANGE_)/;

describe('three roles in three processes', () => {
  const keys = keysFor('quantum:');
  let around: Surroundings;
  let redis: Redis;
  let programs: Program[];

  beforeAll(async () => {
    around = await Surroundings.create();
    redis = new Redis({ path: around.redis.socketPath });
    const withoutKeys = Object.entries(around.variables).filter(([name]) => !OF_THE_EXCHANGE.test(name));
    programs = ROLES.map((role) =>
      around.start(
        ['serve', `--roles=${role}`],
        role === 'governor' ? Object.fromEntries(withoutKeys) : around.variables,
      ),
    );
    await Promise.all(
      programs.map((program) =>
        program.until('running', () => program.stdout.includes('"permit-gate running"'), 90_000),
      ),
    );
  }, 100_000);

  afterAll(async () => {
    redis.disconnect();
    await around.close();
  });

  it('carry out a proposal together, the Governor without exchange keys', async () => {
    await redis.hset(keys.proposal('BTCUSDT'), proposalFields('PARTIAL_75'));
    const ledger = async (): Promise<string | undefined> =>
      (await redis.hget(keys.ledger('BTCUSDT'), 'last_executed_qty')) === '0.007' ? 'followed' : undefined;
    await eventually(ledger, 20_000, () => programs.map(({ stdout }) => stdout.slice(-2_000)));
    expect(around.exchange.records().orders).toMatchObject([{ symbol: 'BTCUSDT', reduceOnly: true, status: 'FILLED' }]);
    const results = await redis.xrange(keys.resultStream(), '-', '+');
    expect(results.map(([, fields]) => fields[fields.indexOf('executed') + 1])).toEqual(['True']);
  });

  it('stop on SIGTERM within 10 s, exit code 0, no error in the log [R8]', async () => {
    const startedMs = performance.now();
    const ended = await Promise.all(programs.map((program) => program.stop('SIGTERM')));
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
    for (const { stdout } of ended) expect(stdout).not.toMatch(/"level":"(error|fatal)"/);
  });
});
