import { createServer, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkRedis } from '../../src/cli/doctor/check-redis.js';
import type { Finding } from '../../src/cli/doctor/finding.js';
import { loadEnvironment } from '../../src/config/load-environment.js';
import { StartupState } from '../../src/runtime/startup-state.js';
import { eventually } from '../harness/eventually.js';
import { freePort } from '../harness/ports.js';
import { RedisServer } from '../harness/redis-server.js';
import { SentinelSet } from '../harness/sentinel-set.js';
import { TestEnvironment } from '../harness/test-environment.js';

const WITHIN_MS = 10_000;
const LOGIN = { username: 'gate', password: 'sentinel-secret' };

interface Wrong {
  readonly what: string;
  readonly variables: () => Record<string, string>;
  readonly found: () => RegExp;
  readonly remedy: RegExp;
}

describe('an address of Redis that is wrong is named within 10 s, with the value and the remedy', () => {
  let set: SentinelSet;
  let single: RedisServer;
  let silent: Server;
  let [silentPort, closedPort, singlePort] = [0, 0, 0];
  let testEnv: TestEnvironment | undefined;

  beforeAll(async () => {
    singlePort = await freePort();
    [set, single, closedPort] = await Promise.all([
      SentinelSet.start({ replicas: 0, sentinels: 1, sentinelLogin: LOGIN }),
      new RedisServer({ port: singlePort }).start(),
      freePort(),
    ]);
    // Accepts connections and never answers.
    silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const address = silent.address();
    silentPort = typeof address === 'object' && address !== null ? address.port : 0;
  }, 60_000);
  afterEach(async () => {
    await testEnv?.close();
    testEnv = undefined;
  });
  afterAll(async () => {
    silent.close();
    await Promise.all([set.stop(), single.stop()]);
  });

  const CASES: Wrong[] = [
    {
      what: 'a wrong Sentinel name',
      variables: () => ({ ...set.variables, REDIS_SENTINEL_NAME: 'mian' }),
      found: () => new RegExp(`${set.addresses[0]} of REDIS_SENTINELS: it watches no primary named "mian", only main`),
      remedy: /correct REDIS_SENTINEL_NAME/i,
    },
    {
      what: 'a wrong password of the Sentinels',
      variables: () => ({ ...set.variables, REDIS_SENTINEL_PASSWORD: 'wrong' }),
      found: () => new RegExp(`${set.addresses[0]} of REDIS_SENTINELS: WRONGPASS`),
      remedy: /correct REDIS_SENTINEL_USERNAME and REDIS_SENTINEL_PASSWORD/i,
    },
    {
      what: 'a Sentinel that is not there',
      variables: () => ({ ...set.variables, REDIS_SENTINELS: `127.0.0.1:${closedPort}` }),
      found: () => new RegExp(`127.0.0.1:${closedPort} of REDIS_SENTINELS: connect ECONNREFUSED`),
      remedy: /correct REDIS_SENTINELS/i,
    },
    {
      what: 'a cluster node that accepts and does not answer',
      variables: () => ({ REDIS_CLUSTER_NODES: `127.0.0.1:${silentPort}` }),
      found: () => new RegExp(`127.0.0.1:${silentPort} of REDIS_CLUSTER_NODES: .*timed out`),
      remedy: /start it, or correct REDIS_CLUSTER_NODES/i,
    },
    {
      what: 'a cluster node that is a single server',
      variables: () => ({ REDIS_CLUSTER_NODES: `127.0.0.1:${singlePort}` }),
      found: () => new RegExp(`127.0.0.1:${singlePort} of REDIS_CLUSTER_NODES: .*cluster support disabled`),
      remedy: /use REDIS_HOST or REDIS_URL for a single server/i,
    },
  ];

  const PREFIX = '{t}:';

  function doctor(variables: Record<string, string>): Promise<Finding[]> {
    const loaded = loadEnvironment({ INSTANCE_ID: 'test', REDIS_KEY_PREFIX: PREFIX, ...variables });
    if ('faults' in loaded) throw new Error(JSON.stringify(loaded.faults));
    return checkRedis(loaded.environment, undefined);
  }

  it.each(CASES)(
    '[K10] by doctor and serve: $what',
    async ({ variables, found, remedy }) => {
      const begunMs = performance.now();
      const examined = doctor(variables()).then(([finding]) => ({ finding, tookMs: performance.now() - begunMs }));
      testEnv = await TestEnvironment.create();
      const gate = await testEnv.gate({ start: false, env: { ...variables(), REDIS_KEY_PREFIX: PREFIX } });
      const starting = gate.supervisor.start();
      const state = gate.app.get(StartupState, { strict: false });
      await eventually(
        () => found().test(state.detail) || undefined,
        WITHIN_MS,
        () => state.detail,
      );
      expect(state.detail).toMatch(remedy);
      expect(gate.messages()).toContain('waiting for Redis');
      await gate.stop();
      await starting;

      const { finding, tookMs } = await examined;
      expect(tookMs).toBeLessThan(WITHIN_MS);
      expect(finding).toMatchObject({ check: 'redis: reachable', kind: 'unreachable' });
      expect(finding?.found).toMatch(found());
      expect(finding?.remedy).toMatch(remedy);
    },
    40_000,
  );

  it('[K10] doctor warns of one Sentinel that does not answer while another does', async () => {
    const both = `${set.addresses[0]},127.0.0.1:${silentPort}`;
    const findings = await doctor({ ...set.variables, REDIS_SENTINELS: both });
    const warning = findings.find(({ check }) => check === 'redis: REDIS_SENTINELS');
    expect(warning).toMatchObject({ kind: 'warning' });
    expect(warning?.found).toMatch(new RegExp(`127.0.0.1:${silentPort}: .*timed out`));
    expect(findings[0]).toMatchObject({ check: 'redis: reachable', kind: 'ok' });
  }, 30_000);
});
