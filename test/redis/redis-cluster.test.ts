import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RedisTarget } from '../../src/redis/connection/connection-options.js';
import { type Duty, type RedisClient, RedisClients } from '../../src/redis/connection/redis-clients.js';
import { Replicas } from '../../src/redis/connection/replicas.js';
import { checkReplicas, checkServer } from '../../src/redis/connection/server-check.js';
import { checkShape } from '../../src/redis/connection/shape-check.js';
import { keysFor } from '../../src/redis/keys/keys.js';
import { eventually } from '../harness/eventually.js';
import { RedisCluster } from '../harness/redis-cluster.js';
import { scriptsOn } from '../harness/scripts-on.js';
import { TestEnvironment } from '../harness/test-environment.js';
import { QUICK, resultOf, sleep, submit, untilKnown } from './apply-support.js';

const DUTIES: readonly Duty[] = ['commands', 'blocking'];
const WITHIN_MS = 10_000;
/** Failovers take their time: npm run test:long. */
const SHORT = process.env['FAILOVERS'] === undefined;
/** In this order: the last tests lose nodes. */
describe('a Redis Cluster of six nodes', () => {
  let cluster: RedisCluster;
  const opened: RedisClients[] = [];
  /** The first node owns its slot. */
  let prefix = '';

  beforeAll(async () => {
    cluster = await RedisCluster.start();
    for (let n = 0; prefix === ''; n += 1) if ((await cluster.ownerOf(`{t${n}}:`)) === 0) prefix = `{t${n}}:`;
  }, 60_000);
  afterAll(async () => {
    for (const clients of opened) clients.closeAll();
    await cluster.stop();
  });

  async function connect(duty: Duty = 'commands'): Promise<RedisClient> {
    const target: RedisTarget = {
      host: '',
      port: 0,
      db: 0,
      tls: false,
      sentinels: [],
      clusterNodes: cluster.addresses,
    };
    const clients = new RedisClients(target);
    opened.push(clients);
    const client = clients.open(duty, duty);
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  it('every primary is asked whether it answers without a password: part of [C18]', async () => {
    const client = await connect();
    const found = async () =>
      (await checkShape(client, keysFor(prefix))).find(({ what }) => what === 'connection without a password');
    expect(await found()).toMatchObject({ ok: false, found: 'accepted (PING: PONG)' });
    const primaries = 'nodes' in client ? client.nodes('master') : [];
    // Connections that are open stay logged in.
    for (const primary of primaries) await primary.config('SET', 'requirepass', 'secret');
    expect(primaries).toHaveLength(3);
    expect(await found()).toMatchObject({ ok: true, found: 'refused' });
    await primaries.at(-1)?.config('SET', 'requirepass', '');
    expect(await found()).toMatchObject({ ok: false });
    for (const primary of primaries) await primary.config('SET', 'requirepass', '');
  });

  it('plans are carried out, with the replica of their slot', async () => {
    const testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '1' } }, cluster.nodes[0]?.socketPath, {
      prefix,
    });
    try {
      const gate = await testEnv.gate({
        env: { ...QUICK, REDIS_CLUSTER_NODES: cluster.addresses.join(','), REDIS_MIN_REPLICAS: '1' },
      });
      await untilKnown(testEnv, 'BTCUSDT');
      const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
      expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True', error: '' });
    } finally {
      await testEnv.close();
    }
  }, 30_000);

  it('[K5] the owner of our slot is asked: its role, policy, append-only file and clock, and its replica', async () => {
    const keys = keysFor(prefix);
    const client = await connect();
    const replicas = new Replicas(client, keys, 1);
    const server = (await scriptsOn(client, keys).server.confirm()).id;
    const wrong = async (): Promise<string[]> =>
      [...(await checkServer(client, keys, 'test', 0, true)), ...(await checkReplicas(replicas, server))]
        .filter(({ ok }) => !ok)
        .map(({ what }) => what);
    await cluster.on(0).config('SET', 'appendonly', 'yes');
    for (const at of [1, 2]) await cluster.on(at).config('SET', 'maxmemory-policy', 'allkeys-lru');
    for (const at of [4, 5]) cluster.nodes[at]?.signal('SIGSTOP');
    // A random node would be found out in one of ten rounds.
    for (let round = 0; round < 10; round += 1) expect(await wrong()).toEqual([]);
    for (const at of [4, 5]) cluster.nodes[at]?.signal('SIGCONT');
    for (const at of [1, 2]) await cluster.on(at).config('SET', 'maxmemory-policy', 'noeviction');

    await cluster.on(0).config('SET', 'appendonly', 'no');
    await cluster.on(0).config('SET', 'maxmemory-policy', 'allkeys-lru');
    cluster.nodes[3]?.signal('SIGSTOP');
    for (let round = 0; round < 5; round += 1)
      expect(await wrong()).toEqual(['eviction', 'append-only file', 'replicas']);
    cluster.nodes[3]?.signal('SIGCONT');
    await cluster.on(0).config('SET', 'maxmemory-policy', 'noeviction');
    await eventually(async () => (await wrong()).join() === 'append-only file' || undefined);
  }, 30_000);

  it.skipIf(SHORT)(
    '[K6] a script that failed is not sent again when its node is dropped because another took over',
    async () => {
      const client = await connect();
      await client.set(`${prefix}x`, '1');
      cluster.nodes[0]?.signal('SIGSTOP');
      const script = "return redis.call('INCR', KEYS[1])";
      await expect(client.eval(script, 1, `${prefix}count`)).rejects.toThrow('timed out');
      const [running, begunMs] = [client.eval(script, 1, `${prefix}count`), performance.now()];
      await cluster.on(3).call('CLUSTER', 'FAILOVER', 'TAKEOVER');
      await eventually(async () => (await ownerSeenBy(1)) === 3 || undefined, WITHIN_MS);
      await expect(running).rejects.toThrow(/timed out|closed/);
      await eventually(
        () =>
          client.set(`${prefix}x`, '2').then(
            () => true,
            () => undefined,
          ),
        WITHIN_MS,
      );
      // The connection to the stopped node is closed two seconds after it was dropped, and could send again then.
      await sleep(Math.max(0, begunMs + 6_000 - performance.now()));
      expect(await cluster.on(3).get(`${prefix}count`)).toBeNull();
      cluster.nodes[0]?.signal('SIGCONT');
    },
    30_000,
  );

  async function ownerSeenBy(at: number): Promise<number> {
    const slot = await cluster.on(at).cluster('KEYSLOT', prefix);
    const slots = await cluster.on(at).cluster('SLOTS');
    const port = slots.find(([from, to]) => from <= slot && slot <= to)?.[2]?.[1];
    return cluster.ports.indexOf(port ?? 0);
  }

  it.skipIf(SHORT)(
    '[K2] every kind of connection follows within 10 s of the switch when the owner of the slot is stopped',
    async () => {
      const owner = await ownerSeenBy(1);
      await eventually(
        async () => (await cluster.on(owner).info('replication')).includes('state=online') || undefined,
        20_000,
      );
      const clients = await Promise.all(DUTIES.map((duty) => connect(duty)));
      for (const client of clients) await client.set(`${prefix}y`, '1');
      cluster.nodes[owner]?.signal('SIGSTOP');
      await eventually(async () => (await ownerSeenBy(1)) !== owner || undefined, 20_000);
      const switchedMs = performance.now();
      await Promise.all(
        clients.map((client) =>
          eventually(
            () =>
              client.set(`${prefix}y`, '2').then(
                () => true,
                () => undefined,
              ),
            WITHIN_MS,
          ),
        ),
      );
      expect(performance.now() - switchedMs).toBeLessThan(WITHIN_MS);
    },
    60_000,
  );
});
