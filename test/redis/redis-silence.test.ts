import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, inject, it } from 'vitest';
import type { RedisTarget } from '../../src/redis/connection/connection-options.js';
import { ControlStore } from '../../src/redis/stores/control-store.js';
import { RedisClients } from '../../src/redis/connection/redis-clients.js';
import { freeNodePorts, freePort } from '../harness/ports.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { SentinelSet } from '../harness/sentinel-set.js';
import { RedisServer } from '../harness/redis-server.js';
import { QUICK } from './apply-support.js';
import { RedisProxy } from '../harness/redis-proxy.js';

const WITHIN_MS = 10_000;
const ONLY_THE_LAST = { failed: expect.toSatisfy((n: number) => n > 0), ranOfFailed: 0, ranOfLast: '1' };
const TARGET: RedisTarget = { host: '127.0.0.1', port: 0, db: 0, tls: false, sentinels: [], clusterNodes: [] };

describe('packets that are lost on existing connections, while new ones work', () => {
  let testEnv: TestEnvironment | undefined;
  let proxy: RedisProxy;
  afterEach(async () => {
    await testEnv?.close();
    testEnv = undefined;
    await proxy.close();
  });

  async function throughProxy(made: TestEnvironment): Promise<Gate> {
    const own = await made.redisUser('apply', 'governor', 'position-brain');
    const operator = await made.redisUser('operator');
    return made.gate({
      env: {
        ...QUICK,
        REDIS_URL: `unix://${proxy.socketPath}`,
        REDIS_USERNAME: own,
        REDIS_PASSWORD: own,
        REDIS_OPERATOR_USERNAME: operator,
        REDIS_OPERATOR_PASSWORD: operator,
      },
    });
  }

  it('[R12] every connection of a process is replaced within 10 s: plans execute, an operator gets an answer at once', async () => {
    proxy = await RedisProxy.open(inject('redisSocket'));
    const made = (testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } }));
    const gate = await throughProxy(made);
    await eventually(async () => (await made.redis.hget(made.keys.ledger('BTCUSDT'), 'last_known_amt')) ?? undefined);
    const standing = proxy.standing;
    expect(standing).toBeGreaterThanOrEqual(7);
    proxy.silence();
    const sinceMs = performance.now();
    // Also those that nobody uses: the operators' connection has nothing to say before somebody calls.
    await eventually(
      () => proxy.silenced === 0 || undefined,
      WITHIN_MS,
      () => [proxy.silenced, gate.messages().slice(-20)],
    );
    await eventually(() => proxy.standing === standing || undefined, WITHIN_MS);
    await made.propose('BTCUSDT', 'PARTIAL_75');
    await eventually(
      async () => (await made.redis.hget(made.keys.ledger('BTCUSDT'), 'last_known_amt')) === '0.003' || undefined,
      WITHIN_MS,
    );
    const control = gate.app.get(ControlStore, { strict: false });
    await control.setKillSwitch({ engaged: true, by: 'test', reason: 'a test', at_ms: Date.now() });
    expect(performance.now() - sinceMs).toBeLessThan(WITHIN_MS);
    expect(made.orders()).toHaveLength(1);
  }, 60_000);

  it('[K6] under Sentinel a script whose reply is cut runs once', async () => {
    const set = await SentinelSet.start({
      sentinels: 1,
      replicas: 0,
      announce: async (port) => {
        const announced = await freePort();
        proxy = await RedisProxy.open(port, announced);
        return announced;
      },
    });
    const clients = new RedisClients(set.target);
    try {
      const client = clients.open('test', 'commands');
      await client.connect();
      expect(await ranWhenCut(client, proxy)).toBe('1');
    } finally {
      clients.closeAll();
      await set.stop();
    }
  }, 30_000);

  it.each(['commands', 'blocking'] as const)(
    '[R12] a helper’s connection for %s, on its own: what was lost fails once and is not sent again',
    async (duty) => {
      proxy = await RedisProxy.open(inject('redisSocket'));
      const clients = new RedisClients({ ...TARGET, url: proxy.socketPath });
      const client = clients.open('command-line', duty);
      await client.connect();
      expect(await ranAfter(client, () => proxy.silence())).toEqual(ONLY_THE_LAST);
      clients.closeAll();
    },
    30_000,
  );

  it('[R12] [K6] a node of a cluster: what was lost fails once and is not sent again, and a script whose reply is cut runs once', async () => {
    const [[port = 0], announced] = [await freeNodePorts(1), await freePort()];
    const announce = ['--cluster-announce-ip', '127.0.0.1', '--cluster-announce-port', String(announced)];
    const server = await new RedisServer({ port, config: ['--cluster-enabled', 'yes', ...announce] }).start();
    proxy = await RedisProxy.open(port, announced);
    const clients = new RedisClients({ ...TARGET, clusterNodes: [`127.0.0.1:${announced}`] });
    try {
      const setup = new RedisClients({ ...TARGET, url: server.socketPath });
      const plain = setup.open('setup', 'commands');
      await plain.connect();
      await plain.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
      await eventually(
        async () => String(await plain.call('CLUSTER', 'INFO')).includes('cluster_state:ok') || undefined,
      );
      setup.closeAll();
      const client = clients.open('test', 'commands');
      client.on('error', () => undefined);
      await client.connect();
      expect(await ranAfter(client, () => proxy.silence())).toEqual(ONLY_THE_LAST);
      expect(await ranWhenCut(client, proxy)).toBe('1');
    } finally {
      clients.closeAll();
      await server.stop();
    }
  }, 60_000);
});

/** How often a script has run whose reply was cut, while the client could reconnect at once. */
async function ranWhenCut(client: ReturnType<RedisClients['open']>, proxy: RedisProxy): Promise<string | null> {
  const key = `{t${randomUUID().slice(0, 8)}}:cut`;
  proxy.arm({ text: 'this reply is cut', when: 'after' });
  const script = "return redis.call('INCR', KEYS[1]) -- this reply is cut";
  await expect(client.eval(script, 1, key)).rejects.toThrow(/closed|retries/);
  // One that would be sent again would be so at the reconnect.
  await eventually(() =>
    client.ping().then(
      () => true,
      () => undefined,
    ),
  );
  await new Promise((resolve) => setTimeout(resolve, 500));
  return client.get(key);
}

/**
 * Goes on asking until a command succeeds, at most 10 s; answers how often each of the commands ran in the end, those that
 * failed before it included.
 */
async function ranAfter(
  client: ReturnType<RedisClients['open']>,
  silence: () => void,
): Promise<{ failed: number; ranOfFailed: number; ranOfLast: string | null }> {
  const prefix = `{t${randomUUID().slice(0, 8)}}:`;
  const attempt = (n: number): Promise<true | undefined> =>
    client.eval("return redis.call('INCR', KEYS[1])", 1, `${prefix}${n}`).then(
      () => true,
      () => undefined,
    );
  await eventually(() => attempt(0));
  silence();
  let tries = 0;
  await eventually(
    () => attempt((tries += 1)),
    WITHIN_MS,
    () => tries,
  );
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const counts = await Promise.all(Array.from({ length: tries }, (_, at) => client.get(`${prefix}${at + 1}`)));
  const failed = counts.slice(0, -1);
  return {
    failed: failed.length,
    ranOfFailed: failed.filter((n) => n !== null).length,
    ranOfLast: counts.at(-1) ?? null,
  };
}
