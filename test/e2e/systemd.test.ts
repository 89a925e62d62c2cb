import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PaperExchange, startPaperExchange } from '../../src/paper-exchange/index.js';
import { ChildProcesses } from '../harness/child-processes.js';
import { freePorts } from '../harness/ports.js';
import { EVERY_POINT } from '../harness/points.js';
import { Program } from '../harness/program.js';
import { isReady } from '../harness/readiness.js';
import { RedisServer } from '../harness/redis-server.js';
import { SystemdUnit } from '../harness/systemd-unit.js';
import { writeRedisConf, writeUsersFile } from '../harness/users-file.js';
import { makeSecrets } from '../kubernetes/secrets.js';

const PAGE = readFileSync(new URL('../../docs/deployment.md', import.meta.url), 'utf8');
const ROLES = ['permit-gate-position-brain', 'permit-gate-governor', 'permit-gate-apply'];

interface Started {
  readonly unit: SystemdUnit;
  readonly program: Program;
  readonly url: string;
}

describe('the units of docker/systemd', () => {
  const folder = mkdtempSync(join(tmpdir(), 'permit-gate-systemd-'));
  const processes = new ChildProcesses();
  let server: RedisServer;
  let exchange: PaperExchange;
  let settings: Record<string, string>;
  let metricsPort: string;

  beforeAll(async () => {
    const { made } = makeSecrets(folder);
    mkdirSync(join(folder, 'secrets'));
    const [redisPort = 0, metrics = 0] = await freePorts(2);
    metricsPort = String(metrics);
    const [acl, conf] = [join(made, 'redis_users.acl'), join(folder, 'redis.conf')];
    // docs/deployment.md: the unit of all roles needs a user and a password of its own.
    writeUsersFile(join(folder, 'all.acl'));
    const allRoles = readFileSync(join(folder, 'all.acl'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('user permit-gate '));
    writeFileSync(acl, `${readFileSync(acl, 'utf8')}${allRoles.join('\n')}\n`);
    writeFileSync(join(made, 'permit-gate.password'), 'permit-gate');
    for (const name of new Set(
      [...ROLES, 'permit-gate'].flatMap((each) => [...new SystemdUnit(each, folder).credentials.keys()]),
    ))
      copyFileSync(join(made, name), join(folder, 'secrets', name));
    writeRedisConf(conf, acl, folder);
    server = await new RedisServer({ file: conf, port: redisPort, processes }).start();
    exchange = await startPaperExchange({ port: 0, positions: { BTCUSDT: '0.010' } });
    settings = {
      ...envBlock(),
      REDIS_PORT: String(redisPort),
      EXCHANGE_REST_URL: exchange.restUrl,
      P33_POLL_SEC: '0.2',
      P33_METRICS_PORT: metricsPort,
    };
  });
  afterAll(async () => {
    await processes.killAll();
    await Promise.all([exchange.close(), server.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  /** The environment file of the page. */
  function envBlock(): Record<string, string> {
    const [, text = ''] = /```ini\n(APPLY_MODE=[^`]*)```/.exec(PAGE) ?? [];
    return Object.fromEntries(
      text
        .trim()
        .split('\n')
        .map((line) => line.split('=') as [string, string]),
    );
  }

  /** What systemd does with a unit, but for its sandbox. */
  function start(name: string, port: number): Started {
    const unit = new SystemdUnit(name, folder);
    mkdirSync(unit.stateFolder, { recursive: true, mode: 0o700 });
    rmSync(unit.credentialsFolder, { recursive: true, force: true });
    mkdirSync(unit.credentialsFolder, { recursive: true, mode: 0o700 });
    for (const [credential, from] of unit.credentials)
      writeFileSync(join(unit.credentialsFolder, credential), readFileSync(from), { mode: 0o400 });
    const { nodeOptions, main, args } = unit.command;
    const variables = { ...unit.variables(settings), HTTP_PORT: String(port) };
    const program = new Program(args, variables, folder, { nodeOptions, main, processes });
    return { unit, program, url: `http://127.0.0.1:${port}` };
  }

  /** In their order, none waiting for the one before to be ready: at the first start they need each other. */
  async function startAll(names: readonly string[] = ROLES): Promise<Started[]> {
    const ports = await freePorts(names.length);
    const started = names.map((name, index) => start(name, ports[index] ?? 0));
    for (const { unit, program, url } of started)
      await program.until(`${unit.name} is ready`, () => isReady(url), 40_000);
    return started;
  }

  async function stop({ unit, program }: Started): Promise<void> {
    const begunMs = performance.now();
    const { code } = await program.stop('SIGTERM');
    expect([unit.name, code, performance.now() - begunMs < unit.stopWithinMs]).toEqual([unit.name, 0, true]);
  }

  const operator = (): Record<string, string> => ({
    REDIS_PORT: settings['REDIS_PORT'] ?? '',
    REDIS_USERNAME: 'permit-gate-operator',
    REDIS_PASSWORD_FILE: join(folder, 'secrets/permit-gate-operator.password'),
  });
  const run = (args: readonly string[], variables = operator()): Promise<{ code: number | null; stdout: string }> =>
    new Program(args, variables, folder, { processes }).ended;

  it('are started in the order of docs/deployment.md: each after those before it', () => {
    for (const [index, name] of ROLES.entries()) {
      const before = ROLES.slice(0, index).map((each) => `${each}.service`);
      expect(new SystemdUnit(name, folder).after).toEqual(['network-online.target', ...before]);
    }
  });

  it('carry a plan out: the steps of the guide, its checklist, and its rollback', async () => {
    const first = await startAll();
    const [brain, , apply] = first;
    const proof = await run(['proof', '--submit', 'BTCUSDT', 'PARTIAL_50']);
    expect([proof.code, proof.stdout]).toEqual([
      0,
      expect.stringContaining('✓✓✓ EXECUTION SUCCESSFUL (executed=True)'),
    ]);
    expect(exchange.records().orders.map(({ reduceOnly, executedQty }) => [reduceOnly, executedQty])).toEqual([
      [true, '0.005'],
    ]);
    expect(brain?.program.stdout).toContain('event-driven mode');
    expect(apply?.program.stdout).toMatch(/Both permits ready after \d+ms/);
    expect(apply?.program.stdout).not.toContain('permit_timeout');
    const redis = new Redis({
      port: Number(settings['REDIS_PORT']),
      username: 'permit-gate-apply',
      password: readFileSync(join(folder, 'secrets/permit-gate-apply.password'), 'utf8').trim(),
    });
    expect(JSON.stringify(await redis.xinfo('GROUPS', 'quantum:stream:apply.plan'))).toContain('"p33"');
    redis.disconnect();
    const metrics = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
    expect(await metrics.text()).toMatch(/^p33_permit_allow_total\{symbol="BTCUSDT"\} 1$/m);

    // One is started again, from whatever folder `current` names by then, while the others go on.
    if (brain !== undefined) await stop(brain);
    const others = first.filter((each) => each !== brain);
    for (const each of [...(await startAll(['permit-gate-position-brain'])), ...others]) await stop(each);
  });

  it.runIf(EVERY_POINT)('run all roles in one process', async () => {
    const [all] = await startAll(['permit-gate']);
    expect(all?.unit.all('Conflicts')).toEqual([ROLES.map((role) => `${role}.service`).join(' ')]);
    if (all !== undefined) await stop(all);
  });
});
