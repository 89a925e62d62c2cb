import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PAPER_KEYS } from '../harness/paper-exchange-process.js';
import { freePort } from '../harness/ports.js';
import type { Ended } from '../harness/program.js';
import { isReady } from '../harness/readiness.js';
import { TestDeployment } from '../harness/test-deployment.js';

const FOLDER = fileURLToPath(new URL('previous-env/', import.meta.url));
const fileOf = (service: string): string => join(FOLDER, `${service}.env`);

type Variables = Record<string, string>;

/** The variables as systemd gives them to a process. */
const variablesOf = (...services: string[]): Variables =>
  Object.assign({}, ...services.map((service) => parseEnv(readFileSync(fileOf(service), 'utf8')))) as Variables;

interface Report {
  readonly exit_code: number;
  readonly environment_file: string;
  readonly differences: readonly { variable: string; must_change: boolean; remedy: string; why: string }[];
}

describe('the environment files of the services before [I2]', () => {
  let deployment: TestDeployment;
  let redisPort: number;
  beforeAll(async () => {
    redisPort = await freePort();
    deployment = await TestDeployment.create({}, { config: ['--appendonly', 'yes'], port: redisPort });
  });
  afterAll(() => deployment.close());

  /** `serve` with these variables, on this machine's Redis, exchange and free ports; its warnings until it is ready. */
  async function warningsOf(role: string, given: Variables): Promise<string[]> {
    const port = await freePort();
    const own = {
      REDIS_PORT: String(redisPort),
      EXCHANGE_REST_URL: deployment.exchange.restUrl,
      HTTP_PORT: String(port),
      INSTANCE_ID: role,
      P33_METRICS_PORT: '0',
      GOV_METRICS_PORT: '0',
    };
    const program = deployment.start(['serve', `--roles=${role}`], { ...given, ...own });
    await program.until(`${role} is ready`, () => isReady(`http://127.0.0.1:${port}`));
    const { code, stdout } = await program.stop();
    expect(code).toBe(0);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { level: unknown; msg: string });
    return lines.filter(({ level }) => level === 'warn' || level === 40).map(({ msg }) => msg);
  }

  async function compared(args: readonly string[]): Promise<Report & Ended> {
    const ended = await deployment.run(['doctor', '--json', '--from-env', ...args]);
    return { ...(JSON.parse(ended.stdout) as Report), ...ended };
  }

  it.each([
    ['apply-layer', 'APPLY_LOG_LEVEL', 'Remove it: LOG_LEVEL=info is the default.'],
    [
      'governor',
      'APPLY_CONFIG_PATH',
      'Remove it. `permit-gate disarm` and `permit-gate arm` do by hand what the file did.',
    ],
  ])('%s.env as it is: serve exits 78 and says what to do about %s', async (service, variable, remedy) => {
    const { code, stderr } = await deployment.run(['serve'], variablesOf(service));
    expect(code).toBe(78);
    expect(stderr).toContain('one fault');
    expect(stderr).toMatch(new RegExp(`\n  ${variable}\n    given: .*\n    allowed: .*\n    remedy: .*`));
    expect(stderr).toContain(remedy);
  });

  it('position-state-brain.env with the mode and keys of Apply: serve starts, and warns of none of its settings', async () => {
    const variables = { APPLY_MODE: 'testnet', ...PAPER_KEYS, ...variablesOf('position-state-brain') };
    expect(await warningsOf('position-brain', variables)).toEqual(['ledger of BTCUSDT adopted from the exchange']);
  });

  it('governor.env without what serve refuses: it starts, and each difference is a warning', async () => {
    const { APPLY_CONFIG_PATH, ...variables } = variablesOf('governor');
    expect(APPLY_CONFIG_PATH).toBe('/etc/quantum/apply-layer.env');
    const warnings = (await warningsOf('governor', variables)).join('\n');
    for (const text of [
      'STREAM_PLANS="quantum:stream:apply.plan" is not read.',
      'STREAM_RESULTS="quantum:stream:apply.result" is not read.',
      'STREAM_EVENTS="quantum:stream:governor.events" is not read.',
      'GOV_MAX_REDUCE_QTY_PER_DAY="0.02": It is a limit of its own for every symbol.',
      'symbols: {BTCUSDT: {maxReduceQtyPerDay: 0.02}}',
      'APPLY_MODE is not set.',
      'APPLY_ALLOWLIST is not set.',
    ])
      expect(warnings).toContain(text);
  });

  it('doctor --from-env names every variable of a file, and what it writes can be used as it is', async () => {
    const report = await compared([fileOf('governor'), '--roles', 'governor']);
    expect([report.code, report.exit_code]).toEqual([1, 1]);
    const named = new Set(report.differences.map(({ variable }) => variable));
    expect(Object.keys(variablesOf('governor')).filter((name) => !named.has(name))).toEqual([]);
    const mustChange = report.differences.filter((difference) => difference.must_change);
    expect(mustChange.map(({ variable }) => variable)).toEqual([
      'GOV_MAX_REDUCE_QTY_PER_DAY',
      'APPLY_CONFIG_PATH',
      'METRICS_PORT',
      'APPLY_MODE',
      'APPLY_ALLOWLIST',
    ]);
    expect(mustChange.filter(({ remedy, why }) => remedy === '' || why === '')).toEqual([]);
    const filled = report.environment_file
      .replace('# APPLY_MODE= (to be filled in)', 'APPLY_MODE=testnet')
      .replace('# APPLY_ALLOWLIST= (to be filled in)', 'APPLY_ALLOWLIST=BTCUSDT');
    expect(filled).toContain('GOV_METRICS_PORT=8044\n');
    writeFileSync(join(deployment.folder, 'new.env'), filled);
    expect((await compared(['new.env'])).code).toBe(0);
  });

  it('doctor --from-env reads the two files of the Position Brain, and needs no Redis', async () => {
    const files = [fileOf('apply-layer'), fileOf('position-state-brain')];
    const { code, stdout, stderr } = await deployment.run([
      'doctor',
      '--from-env',
      ...files,
      '--roles',
      'position-brain',
    ]);
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toMatch(/^# The environment file of position-brain/);
    expect(stdout).toContain('P33_POLL_SEC=5\n');
    expect(stdout).toMatch(/✗ {2}APPLY_LOG_LEVEL +"INFO" +\S+apply-layer\.env:10 +renamed\n/);
    expect(stdout).toContain('The files cannot be used as they are: 1 to change (✗).');
  });

  it.each([
    [['/absent.env'], '/absent.env cannot be read (ENOENT)'],
    [[fileOf('governor'), '--roles', 'cook'], '--roles is "cook"'],
  ])('doctor --from-env %j is wrong usage', async (args, message) => {
    const { code, stderr } = await deployment.run(['doctor', '--from-env', ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it('shadow compares each verdict with that under the other prefix, and exits 1 when one differs', async () => {
    const variables = { REDIS_URL: `unix://${deployment.redis.socketPath}`, REDIS_KEY_PREFIX: 'shadow:' };
    const program = deployment.start(['shadow', '--of', 'old:', '--issuers', 'p33'], variables);
    await program.until('it reads', () => program.stdout.includes('are shown to the issuers under shadow:'));
    const redis = new Redis({ path: deployment.redis.socketPath });
    await redis.setex('old:permit:p33:abc', 60, '{"allow":true,"safe_close_qty":0.5}');
    await redis.setex('shadow:permit:p33:abc', 60, '{"allow":false,"reason":"no_position"}');
    await redis.xadd('old:stream:apply.plan', '*', 'plan_id', 'abc', 'symbol', 'BTCUSDT', 'decision', 'EXECUTE');
    await program.until('it compared', () => program.stdout.includes('different'));
    expect(await redis.keys('old:*')).toHaveLength(2);
    redis.disconnect();
    const { code, stdout } = await program.stop();
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^different +abc {2}BTCUSDT {2}P3\.3 {2}in charge: allow 0\.5 {2}shadow: deny no_position$/m,
    );
    expect(stdout).toContain('P3.3: 0 agree, 0 with another quantity, 1 different, 0 not compared\n');
  });

  it.each<[number, string, Variables, string[]]>([
    [2, 'neither may begin with the other', {}, ['--of', 'quantum:']],
    [2, 'A key prefix with a colon', {}, ['--of', 'quantum']],
    [69, 'Redis cannot be reached', { REDIS_PORT: '1', REDIS_KEY_PREFIX: 'shadow:' }, ['--of', 'quantum:']],
  ])('shadow exits %i: %s', async (exitCode, message, variables, args) => {
    const { code, stderr } = await deployment.run(['shadow', ...args], variables);
    expect(code).toBe(exitCode);
    expect(stderr).toContain(message);
  });
});
