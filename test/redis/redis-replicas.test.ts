import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Type } from '@nestjs/common';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KillSwitch } from '../../src/ops/control/kill-switch.service.js';
import { RedisHealthCheck } from '../../src/ops/health/redis-health.js';
import { BUILT_IN_EXCHANGE_INFO } from '../../src/paper-exchange/exchange-info.js';
import { Environment } from '../../src/config/environment.js';
import { type RedisClient, RedisClients } from '../../src/redis/connection/redis-clients.js';
import { ServerIdentity } from '../../src/redis/connection/server-identity.js';
import { COMMANDS, KEYS } from '../../src/redis/redis.tokens.js';
import { Replicas } from '../../src/redis/connection/replicas.js';
import { type Keys, keysFor } from '../../src/redis/keys/keys.js';
import { eventually } from '../harness/eventually.js';
import { freePorts } from '../harness/ports.js';
import { RedisServer } from '../harness/redis-server.js';
import { scriptsOn } from '../harness/scripts-on.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { QUICK, resultOf, sleep, submit, untilKnown } from './apply-support.js';

const SYMBOLS = Array.from({ length: 20 }, (_, index) => `B${String(index).padStart(4, '0')}USDT`);
const PLANS_EVERY_MS = 100;
/** A command that waits behind a WAIT takes longer. */
const AT_ONCE_MS = 800;

describe('REDIS_MIN_REPLICAS=1', () => {
  let primary: RedisServer;
  let replica: RedisServer;
  const clients: Redis[] = [];

  beforeEach(async () => {
    const [port = 0, replicaPort = 0] = await freePorts(2);
    primary = await new RedisServer({
      port,
      config: ['--repl-timeout', '60', '--repl-diskless-sync-delay', '0'],
    }).start();
    replica = await new RedisServer({ port: replicaPort, config: ['--replicaof', '127.0.0.1', String(port)] }).start();
    const info = connect(primary);
    await eventually(async () => (await info.info('replication')).includes('state=online') || undefined, 20_000);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.disconnect();
    replica.signal('SIGCONT');
    await Promise.all([primary, replica].map((server) => server.stop()));
  });

  function connect(server: RedisServer): Redis {
    const client = new Redis({ path: server.socketPath });
    client.on('error', () => undefined);
    clients.push(client);
    return client;
  }

  it('what another connection has written counts only once the replica has it, and only on the server that wrote it', async () => {
    const keys = keysFor('t:');
    const [writing, waiting] = [connect(primary), connect(primary)];
    const server = (await scriptsOn(writing, keys).server.confirm()).id;
    const replicas = new Replicas(waiting, keys, 1);
    await writing.set('t:claim', '1');
    // A replica that has just begun to follow, or a busy machine, may take longer than one question.
    await eventually(async () => (await replicas.acknowledged(server)) === 1 || undefined);
    replica.signal('SIGSTOP');
    await writing.set('t:claim', '2');
    const begunMs = performance.now();
    // A WAIT counts the writes of its own connection: without a mark after the claim it would say that the replica has it.
    const lacking = await Promise.all([1, 2, 3].map(() => replicas.acknowledged(server)));
    expect(lacking).toEqual([0, 0, 0]);
    expect(performance.now() - begunMs).toBeLessThan(2_000);
    expect(await replicas.missing('the claim', server)).toBe(
      'the claim reached 0 replicas of the 1 that REDIS_MIN_REPLICAS asks for',
    );
    replica.signal('SIGCONT');
    await eventually(async () => (await replicas.acknowledged(server)) === 1 || undefined);
    expect(await connect(replica).get('t:claim')).toBe('2');
    const other = `${'0'.repeat(40)}:${'0'.repeat(40)}`;
    await expect(replicas.acknowledged(other)).rejects.toThrow('another Redis server answers');
  });

  it('[K4] a replica hangs at 10 plans/s: claims fail fast and say so, the kill switch and all else answer at once, and it is not ready', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'permit-gate-replicas-'));
    const testEnv = await TestEnvironment.create(tradingAll(folder), primary.socketPath);
    try {
      const [own, operator] = [
        await testEnv.redisUser('apply', 'governor', 'position-brain'),
        await testEnv.redisUser('operator'),
      ];
      const gate = await testEnv.gate({
        http: true,
        env: {
          ...QUICK,
          REDIS_URL: `unix://${primary.socketPath}`,
          REDIS_USERNAME: own,
          REDIS_PASSWORD: own,
          REDIS_OPERATOR_USERNAME: operator,
          REDIS_OPERATOR_PASSWORD: operator,
          REDIS_MIN_REPLICAS: '1',
          APPLY_ALLOWLIST: SYMBOLS.join(','),
          APPLY_MAX_ATTEMPTS: '1',
          APPLY_PERMIT_WAIT_MS: '1200',
        },
      });
      await untilKnown(testEnv, ...SYMBOLS);
      const check = healthOf(gate);
      const health = (): ReturnType<RedisHealthCheck['check']> => check.check();
      expect(await health()).toMatchObject({ ok: true });
      const { planId } = await submit(gate, SYMBOLS[0] ?? '', 'PARTIAL_50');
      expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True' });
      expect(testEnv.orders()).toHaveLength(1);

      replica.signal('SIGSTOP');
      const plans = await tenPerSecond(gate, SYMBOLS.slice(1));
      for (const { planId: id, submittedMs } of plans) {
        const result = await resultOf(testEnv, id);
        expect(result).toMatchObject({ executed: 'False', error: 'permit_check_redis_error' });
        expect(result['reason']).toContain('the claim reached 0 replicas of the 1 that REDIS_MIN_REPLICAS asks for');
        expect(Number(result['timestamp']) * 1000 - submittedMs).toBeLessThan(1_200);
      }
      expect(testEnv.orders()).toHaveLength(1);
      const notReady = await eventually(async () => {
        const found = await health();
        return found.ok ? undefined : found;
      });
      expect(notReady.message).toContain('replicas is "0 of the 1 that REDIS_MIN_REPLICAS asks for": no order leaves');

      await submit(gate, SYMBOLS[1] ?? '', 'PARTIAL_50');
      const begunMs = performance.now();
      const engaged = await gate.app.get(KillSwitch, { strict: false }).engage('test', 'a test');
      expect(performance.now() - begunMs).toBeLessThan(2_000);
      expect(engaged.state).toMatchObject({ engaged: true });
      expect(engaged.missingReplicas).toContain('the kill switch reached 0 replicas of the 1');

      // No replica at all.
      await replica.kill();
      const alone = await eventually(async () => {
        await sleep(2_000);
        const found = await health();
        return found.ok ? undefined : found;
      });
      expect(alone.message).toContain('replicas is "0 of the 1');
    } finally {
      await testEnv.close();
      rmSync(folder, { recursive: true });
    }
  }, 60_000);

  /** Submits one plan each 100 ms, and looks that every other command is answered at once meanwhile. */
  async function tenPerSecond(
    gate: Gate,
    symbols: readonly string[],
  ): Promise<{ planId: string; submittedMs: number }[]> {
    const plans: { planId: string; submittedMs: number }[] = [];
    for (const symbol of symbols) {
      const begunMs = performance.now();
      const submittedMs = Date.now();
      const { planId } = await submit(gate, symbol, 'PARTIAL_50');
      expect(performance.now() - begunMs).toBeLessThan(AT_ONCE_MS);
      plans.push({ planId, submittedMs });
      await sleep(Math.max(0, PLANS_EVERY_MS - (performance.now() - begunMs)));
    }
    return plans;
  }
});

/** What the interface of the process uses, on the connections of the process. */
function healthOf({ app }: Gate): RedisHealthCheck {
  const get = <T>(token: Type<T> | symbol): T => app.get(token, { strict: false });
  return new RedisHealthCheck(
    get<RedisClient>(COMMANDS),
    get<Keys>(KEYS),
    get(Environment),
    get(RedisClients),
    get(Replicas),
    get(ServerIdentity),
  );
}

function tradingAll(folder: string): Parameters<typeof TestEnvironment.create>[0] {
  const listed = BUILT_IN_EXCHANGE_INFO.symbols.find(({ symbol }) => symbol === 'BTCUSDT');
  const symbols = SYMBOLS.map((symbol) => ({ ...listed, symbol, pair: symbol, baseAsset: symbol.slice(0, -4) }));
  const exchangeInfoFile = join(folder, 'exchange-info.json');
  writeFileSync(exchangeInfoFile, JSON.stringify({ ...BUILT_IN_EXCHANGE_INFO, symbols }));
  return { exchangeInfoFile, positions: Object.fromEntries(SYMBOLS.map((symbol) => [symbol, '1'])) };
}
