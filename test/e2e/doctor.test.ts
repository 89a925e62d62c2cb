import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Ended } from '../harness/program.js';
import { freePort } from '../harness/ports.js';
import { TestDeployment } from '../harness/test-deployment.js';

interface Report {
  readonly exit_code: number;
  readonly findings: readonly { check: string; kind: string; found: string; remedy: string }[];
}

const report = ({ stdout }: Ended): Report => JSON.parse(stdout) as Report;
const faults = (ended: Ended): string[] =>
  report(ended)
    .findings.filter(({ kind }) => !['ok', 'note', 'warning'].includes(kind))
    .map(({ check, kind }) => `${kind} ${check}`);

describe('doctor', () => {
  let deployment: TestDeployment;
  afterEach(() => deployment.close());

  async function examine(variables: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return deployment.run(['doctor', '--json'], { ...deployment.variables, ...variables });
  }

  it('finds nothing wrong where nothing is wrong, and sends no order', async () => {
    deployment = await TestDeployment.create();
    const tokens = join(deployment.folder, 'tokens.json');
    await deployment.run(['token', 'create', '--name', 'a', '--role', 'admin', '--out', tokens]);
    const ended = await examine({ ADMIN_TOKENS_FILE: tokens, HTTP_PORT: String(await freePort()) });
    expect(ended.code).toBe(0);
    const { findings, exit_code: exitCode } = report(ended);
    expect(exitCode).toBe(0);
    expect(findings.filter(({ kind }) => kind !== 'ok' && kind !== 'note')).toEqual([]);
    expect(findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining([
        'configuration',
        'admin tokens',
        'redis: version',
        'redis: role',
        'redis: eviction',
        'redis: writable',
        'redis: append-only file',
        'redis: key prefix',
        'exchange: clock',
        'exchange: keys',
        'exchange: trading right',
        'exchange: position mode',
        'port: HTTP_PORT',
      ]),
    );
    expect(deployment.exchange.records().orders).toEqual([]);
  });

  it('names each thing that keeps it from running, with what to do, and exits 1', async () => {
    deployment = await TestDeployment.create({ hedgeMode: true }, { config: ['--maxmemory-policy', 'allkeys-lru'] });
    deployment.exchange.setCanTrade(false);
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const ended = await examine({ HTTP_PORT: String(port), APPLY_ALLOWLIST: 'BTCUSDT,NOCOINUSDT' });
    server.close();
    expect(ended.code).toBe(1);
    expect(faults(ended)).toEqual([
      'fault redis: eviction',
      'fault exchange: NOCOINUSDT',
      'fault exchange: trading right',
      'fault exchange: position mode',
      'fault port: HTTP_PORT',
    ]);
    expect(
      report(ended)
        .findings.filter(({ kind }) => kind === 'warning')
        .map(({ check }) => check),
    ).toEqual(['admin tokens', 'redis: append-only file']);
    expect(report(ended).findings.filter(({ kind, remedy }) => kind === 'fault' && remedy === '')).toEqual([]);
  });

  it('knows a prefix that belongs to another account, and keys that are refused', async () => {
    deployment = await TestDeployment.create();
    await deployment.serve();
    const [beside, other] = await Promise.all([examine(), examine({ BINANCE_TESTNET_API_KEY: 'another-key' })]);
    expect(beside.code).toBe(0);
    expect(other.code).toBe(1);
    expect(faults(other)).toEqual(['fault redis: key prefix', 'fault exchange: keys']);
  });

  it('exits 69 when Redis or the exchange is away', async () => {
    deployment = await TestDeployment.create();
    const [noRedis, noExchange] = await Promise.all([
      examine({ REDIS_URL: '/nowhere/redis.sock' }),
      examine({ EXCHANGE_REST_URL: `http://127.0.0.1:${await freePort()}` }),
    ]);
    expect(noRedis.code).toBe(69);
    expect(faults(noRedis)).toEqual(['unreachable redis: reachable']);
    expect(noExchange.code).toBe(69);
    expect(faults(noExchange)).toEqual(['unreachable exchange: reachable']);
  });

  it('exits 78 with every fault of the configuration and of the tokens file', async () => {
    deployment = await TestDeployment.create();
    const faulty = await examine({ P33_POLL_SEC: 'abc', APPLY_MODE: 'prod' });
    expect(faulty.code).toBe(78);
    expect(faults(faulty)).toEqual(
      expect.arrayContaining(['configuration configuration: P33_POLL_SEC', 'configuration configuration: APPLY_MODE']),
    );
    const tokens = join(deployment.folder, 'tokens.json');
    writeFileSync(tokens, '[{"name":"a","role":"root","sha256":"0"}]', { mode: 0o600 });
    const badTokens = await examine({ ADMIN_TOKENS_FILE: tokens });
    expect(badTokens.code).toBe(78);
  });
});
