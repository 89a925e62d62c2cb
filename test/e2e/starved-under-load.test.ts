import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keysFor } from '../../src/redis/keys/keys.js';
import { Random } from '../chaos/random.js';
import { eventually } from '../harness/eventually.js';
import type { GateProcess } from '../harness/gate-process.js';
import { UNLIMITED } from '../harness/paper-exchange-process.js';
import { isReady } from '../harness/readiness.js';
import { TestDeployment } from '../harness/test-deployment.js';
import { ROLL_ENV, ROLL_POSITIONS, THREE, underLoad } from './roll-support.js';

const SEED = Number(process.env['STARVED_SEED'] ?? 1);
/** Longer than the deadline of a command, and than that of a blocking read where it is long; shorter than a lease of 10 s. */
const STOPPED_MS = { least: 1_200, most: 3_500 };
/** Time to trade between two stops. */
const AWAKE_MS = 700;
const READY_WITHIN_MS = 20_000;

let deployment: TestDeployment;
let redis: Redis;
beforeEach(async () => {
  deployment = await TestDeployment.create({ positions: ROLL_POSITIONS, limits: UNLIMITED });
  redis = connect();
  // So that a process that is stopped has orders on their way.
  deployment.exchange.addFault({
    match: { method: 'POST', path: '/order' },
    times: -1,
    action: { type: 'delay', ms: 250 },
  });
});
afterEach(async () => {
  redis.disconnect();
  await deployment.close();
});

const connect = (): Redis => new Redis({ path: deployment.redis.socketPath });

async function startInstance(copy: string): Promise<GateProcess> {
  const symbols = Object.keys(ROLL_POSITIONS).join(',');
  const [program, url] = await deployment.serve({
    INSTANCE_ID: copy,
    APPLY_ALLOWLIST: symbols,
    P33_ALLOWLIST: symbols,
    APPLY_POLL_SEC: '0.2',
    P33_COOLDOWN_SEC: '0',
    GOV_MAX_EXEC_PER_HOUR: '100000',
    GOV_MAX_EXEC_PER_5MIN: '100000',
    EXCHANGE_UNKNOWN_PROOF_SEC: '3',
    LOG_LEVEL: 'debug',
    ...ROLL_ENV,
  });
  return { program, url };
}

it('three instances and Redis get no processor for longer than commands may take, each in turn under 10 proposals/s: every process goes on, nothing lost, nothing doubled [O13]', async () => {
  process.stdout.write(`starved under load: STARVED_SEED=${SEED}\n`);
  const random = new Random(SEED);
  const gates: GateProcess[] = [];
  const report = await underLoad(
    { redis, reading: connect(), keys: keysFor('quantum:'), exchange: deployment.exchange },
    (_, copy) => startInstance(copy),
    THREE,
    async (instances) => {
      gates.push(...instances.map(({ gate }) => gate));
      const stops = [
        ...gates.map(
          ({ program }) =>
            (signal: NodeJS.Signals) =>
              void program.child.kill(signal),
        ),
        (signal: NodeJS.Signals) => deployment.redis.signal(signal),
      ];
      while (stops.length > 0) {
        const [send] = stops.splice(random.between(0, stops.length - 1), 1);
        send?.('SIGSTOP');
        await sleep(random.between(STOPPED_MS.least, STOPPED_MS.most));
        send?.('SIGCONT');
        await sleep(AWAKE_MS);
      }
      await Promise.all(gates.map(({ url }) => eventually(() => isReady(url), READY_WITHIN_MS)));
    },
  );
  process.stdout.write(`starved under load: ${JSON.stringify(report)}\n`);
  expect(report).toMatchObject({ violations: [] });
  expect(report.executed).toBeGreaterThan(report.proposals * 0.3);
  // Every process had a deadline that passed, and none of them ended of it.
  for (const { program } of gates) {
    expect(program.stdout).toContain('Command timed out');
    expect(program.child.exitCode ?? program.child.signalCode).toBeNull();
    expect((await program.stop()).code).toBe(0);
    expect(program.stdout).not.toContain('"level":"fatal"');
  }
}, 120_000);
