import { createServer } from 'node:http';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { keysFor } from '../../src/redis/keys/keys.js';
import { eventually } from '../harness/eventually.js';
import { PostgresServer } from '../harness/postgres-server.js';
import { appendPlans } from '../harness/stream-load.js';
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

  describe('with an archive', () => {
    const archive = (ended: Ended) => report(ended).findings.filter(({ check }) => check.startsWith('archive: '));
    const shown = (ended: Ended): string[] =>
      archive(ended).map(({ check, kind, found }) => `${kind} ${check}  ${found}`);

    it('in files says whether the folder can be written, whose it is, and who writes it', async () => {
      deployment = await TestDeployment.create();
      const folder = join(deployment.folder, 'history', 'gate');
      const files = { ARCHIVE_TO: 'files', ARCHIVE_DIR: folder };
      const before = await examine(files);
      expect(before.code).toBe(0);
      expect(shown(before)).toEqual([
        'note archive: progress  no process writes it, nothing waits; a process that starts takes it over',
        `ok archive: folder  ${folder} is made at the first write, in ${deployment.folder}`,
      ]);
      expect(existsSync(folder)).toBe(false);

      await deployment.serve(files);
      const isWritten = async (): Promise<Ended | undefined> => {
        const ended = await examine(files);
        return shown(ended).some((line) => line.includes('can be read')) ? ended : undefined;
      };
      const running = await eventually(isWritten, 20_000);
      expect(shown(running)).toEqual([
        expect.stringMatching(
          /^ok archive: progress {2}written by \S+, (nothing waits|\d+ entries wait, the oldest for \d s)$/,
        ),
        `ok archive: folder  ${folder} can be read and written`,
      ]);

      writeFileSync(join(folder, 'deployment'), 'other:\n');
      const foreign = await examine(files);
      expect(foreign.code).toBe(1);
      expect(shown(foreign)).toContainEqual(expect.stringContaining('fault archive: folder'));
      expect(shown(foreign).join()).toContain('is the archive of the deployment other:, and this one is');
      const noFolder = await examine({ ARCHIVE_TO: 'files', ARCHIVE_DIR: join(folder, 'deployment') });
      expect(shown(noFolder)).toContainEqual(expect.stringMatching(/^fault archive: folder .* is no folder$/));
    });

    it('warns where entries wait for a process that does not write them', async () => {
      deployment = await TestDeployment.create();
      const redis = new Redis({ path: deployment.redis.socketPath });
      const keys = keysFor(deployment.variables['REDIS_KEY_PREFIX'] ?? 'quantum:');
      const oldMs = Date.now() - 600_000;
      await appendPlans(redis, keys, 0, 5, { symbols: ['BTCUSDT'], atMs: () => oldMs });
      await redis.set(keys.archiveLeader(), 'token gate-9');
      redis.disconnect();
      const ended = await examine({ ARCHIVE_TO: 'files', ARCHIVE_DIR: deployment.folder });
      expect(ended.code).toBe(0);
      expect(archive(ended)[0]).toMatchObject({
        kind: 'warning',
        found: expect.stringMatching(/^written by gate-9, 20 entries wait, the oldest for 60\d s$/) as string,
        remedy: 'permit-gate archive status says why.',
      });
    });

    it('in PostgreSQL says whether it answers, what was applied, and what its user may not do, without the password', async () => {
      deployment = await TestDeployment.create();
      const postgres = await PostgresServer.create();
      try {
        const at = (url: string) => ({ ARCHIVE_TO: 'postgres', ARCHIVE_POSTGRES_URL: url });
        const place = postgres.url().replace(/^.*@/, '');
        expect(shown(await examine(at(postgres.url()))).slice(1)).toEqual([
          `ok archive: database  ${place} answers`,
          'note archive: tables  0 of 1 migrations applied; the next start applies the rest',
        ]);
        await postgres.query('gate', "CREATE ROLE reader LOGIN PASSWORD 'another-secret'");
        const reader = at(postgres.url('gate', 'reader:another-secret'));
        const mayNotMake = await examine(reader);
        expect(mayNotMake.code).toBe(1);
        expect(shown(mayNotMake)).toContain(
          'fault archive: tables  0 of 1 migrations applied, and this user may not make tables',
        );

        await deployment.serve(at(postgres.url()));
        const tables = async (): Promise<boolean> =>
          shown(await examine(at(postgres.url()))).includes('ok archive: tables  1 of 1 migrations applied');
        await eventually(async () => (await tables()) || undefined, 20_000);
        await postgres.query('gate', 'GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader');
        expect(shown(await examine(reader))).toContain(
          'fault archive: tables  1 of 1 migrations applied, and this user may not read and write all of them',
        );
        await postgres.query('gate', 'GRANT INSERT ON ALL TABLES IN SCHEMA public TO reader');
        expect((await examine(reader)).code).toBe(0);

        await postgres.query(
          'postgres',
          "CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
        );
        expect(faults(await examine(at(postgres.url('latin'))))).toEqual(['fault archive: encoding']);
        await postgres.stop();
        const away = await examine(at(postgres.url()));
        expect(away.code).toBe(69);
        expect(faults(away)).toEqual(['unreachable archive: database']);
        expect(away.stdout).not.toContain('secret-of-the-database');
      } finally {
        await postgres.close();
      }
    });
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
