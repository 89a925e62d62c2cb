import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { HostNetwork } from '../harness/host-network.js';
import { RedisCluster } from '../harness/redis-cluster.js';
import { SENTINEL_NAME, SentinelSet } from '../harness/sentinel-set.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { QUICK, resultOf, submit, untilKnown } from './apply-support.js';

/** A failover takes its time: npm run test:long. */
const SHORT = process.env['FAILOVERS'] === undefined;
const NO_NAMESPACES = HostNetwork.missing();
const WITHIN_MS = 10_000;
const SYMBOLS = ['BTCUSDT', 'ETHUSDT'];
const PAPER = { positions: { BTCUSDT: '1', ETHUSDT: '10' } };
const ENV = { ...QUICK, APPLY_ALLOWLIST: SYMBOLS.join(','), APPLY_MAX_ATTEMPTS: '1' };

/** Submits until a plan is carried out; a plan that cannot be published yet is asked for again. Returns how long it took. */
async function tradesAgain(testEnv: TestEnvironment, gate: Gate, symbol: string): Promise<number> {
  const begunMs = performance.now();
  let lastProblem = '';
  await eventually(
    async () => {
      try {
        const { planId } = await submit(gate, symbol, 'PARTIAL_50');
        return (await resultOf(testEnv, planId))['executed'] === 'True' || undefined;
      } catch (error) {
        lastProblem = String(error);
        return undefined;
      }
    },
    WITHIN_MS,
    () => [lastProblem, gate.messages().slice(-10)],
  );
  return performance.now() - begunMs;
}

describe.skipIf(SHORT)('the host of the primary is lost: plans are carried out again within 10 s of the switch', () => {
  it.skipIf(NO_NAMESPACES !== '')(
    `[K2] [R12] it vanishes from the network under Sentinel, without a reset${NO_NAMESPACES}`,
    async () => {
      const network = HostNetwork.open(2);
      const set = await SentinelSet.start({ network });
      const sentinels = set.sentinelPorts.map((port) => ({ host: network.address, port }));
      const redis = new Redis({ sentinels, name: SENTINEL_NAME, failoverDetector: true, socketTimeout: 2_000 });
      redis.on('error', () => undefined);
      const testEnv = await TestEnvironment.create(PAPER, '', { redis });
      try {
        const gate = await testEnv.gate({ env: { ...ENV, ...set.variables } });
        await untilKnown(testEnv, ...SYMBOLS);
        const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
        expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True' });
        network.hosts[0]?.vanish();
        await set.switchedFrom(0);
        expect(await tradesAgain(testEnv, gate, 'ETHUSDT')).toBeLessThan(WITHIN_MS);
      } finally {
        await testEnv.close();
        await set.stop();
        network.close();
      }
    },
    60_000,
  );

  it('[K2] it is stopped, on a cluster', async () => {
    const cluster = await RedisCluster.start();
    let prefix = '';
    for (let n = 0; prefix === ''; n += 1) if ((await cluster.ownerOf(`{t${n}}:`)) === 0) prefix = `{t${n}}:`;
    // It reads from the replica that takes over.
    const redis = new Redis({ path: cluster.nodes[3]?.socketPath ?? '', readOnly: true });
    const testEnv = await TestEnvironment.create(PAPER, '', { prefix, redis });
    try {
      const gate = await testEnv.gate({ env: { ...ENV, REDIS_CLUSTER_NODES: cluster.addresses.join(',') } });
      await untilKnown(testEnv, ...SYMBOLS);
      const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
      expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True' });
      cluster.nodes[0]?.signal('SIGSTOP');
      await eventually(
        async () => (await cluster.on(3).info('replication')).includes('role:master') || undefined,
        20_000,
      );
      expect(await tradesAgain(testEnv, gate, 'ETHUSDT')).toBeLessThan(WITHIN_MS);
    } finally {
      await testEnv.close();
      await cluster.stop();
    }
  }, 60_000);
});
