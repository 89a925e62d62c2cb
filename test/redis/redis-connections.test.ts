import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RedisTarget } from '../../src/redis/connection/connection-options.js';
import { keysFor } from '../../src/redis/keys/keys.js';
import { type RedisClient, RedisClients } from '../../src/redis/connection/redis-clients.js';
import { checkServer } from '../../src/redis/connection/server-check.js';
import { freePort } from '../harness/ports.js';
import { RedisServer } from '../harness/redis-server.js';
import { tlsConfig, writeCertificate } from '../harness/tls-certificate.js';

const TARGET: RedisTarget = { host: '127.0.0.1', port: 0, db: 0, tls: false, sentinels: [], clusterNodes: [] };

const KEYS = keysFor('quantum:');

describe('a connection to Redis', () => {
  const folder = mkdtempSync(join(tmpdir(), 'permit-gate-tls-'));
  let port: number;
  let tlsPort: number;
  let server: RedisServer;
  let clients: RedisClients | undefined;

  beforeAll(async () => {
    port = await freePort();
    tlsPort = await freePort();
    const files = writeCertificate(folder);
    const acl = join(folder, 'users.acl');
    writeFileSync(
      acl,
      'user default on >secret ~* &* +@all\nuser gate on >gatepass ~quantum:* +@all\nuser reader on >readpass ~* +@read +info +ping\n',
    );
    server = await new RedisServer({
      port,
      config: ['--aclfile', acl, ...tlsConfig(tlsPort, files)],
    }).start();
    process.env['SSL_CERT_FILE'] = files.cert;
  });

  afterEach(() => clients?.closeAll());
  afterAll(async () => {
    delete process.env['SSL_CERT_FILE'];
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function connect(target: Partial<RedisTarget>): Promise<RedisClient> {
    clients = new RedisClients({ ...TARGET, port, ...target });
    const client = clients.open('test', 'commands');
    await client.connect();
    return client;
  }

  it('is made with a password', async () => {
    expect(await (await connect({ password: 'secret' })).ping()).toBe('PONG');
  });

  it('is made as an ACL user', async () => {
    expect(await (await connect({ username: 'gate', password: 'gatepass' })).acl('WHOAMI')).toBe('gate');
  });

  it('is made to a numbered database', async () => {
    const client = await connect({ password: 'secret', db: 3 });
    expect(await client.client('INFO')).toMatch(/ db=3 /);
  });

  it.each([
    ['a socket path', () => server.socketPath],
    ['a unix URL', () => `unix://${server.socketPath}`],
  ])('is made over a unix socket given as %s', async (_how, url) => {
    const client = await connect({ url: url(), password: 'secret' });
    expect(await client.client('INFO')).toContain(`addr=${server.socketPath}`);
  });

  it('is made over TLS, by flag and by URL', async () => {
    expect(await (await connect({ host: 'localhost', port: tlsPort, tls: true, password: 'secret' })).ping()).toBe(
      'PONG',
    );
    clients?.closeAll();
    expect(await (await connect({ url: `rediss://default:secret@localhost:${tlsPort}/2` })).client('INFO')).toMatch(
      / db=2 /,
    );
  });

  it('over TLS refuses a server with an untrusted certificate', async () => {
    delete process.env['SSL_CERT_FILE'];
    await expect(connect({ host: 'localhost', port: tlsPort, tls: true, password: 'secret' })).rejects.toThrow(/./);
  });

  it('with a wrong password is refused, and says so [R7]', async () => {
    clients = new RedisClients({ ...TARGET, port, password: 'wrong' });
    const seen: string[] = [];
    clients.onChange(({ detail }) => seen.push(detail));
    const client = clients.open('test', 'commands');
    await expect(client.connect().then(() => client.ping())).rejects.toThrow(/./);
    expect(seen.join('\n')).toMatch(/WRONGPASS/);
  });

  it('as a user that may not write is found unfit, with what to do [R7]', async () => {
    const findings = await checkServer(
      await connect({ username: 'reader', password: 'readpass' }),
      KEYS,
      'test',
      0,
      false,
    );
    expect(findings.find((finding) => finding.what === 'writable')).toMatchObject({
      ok: false,
      remedy: expect.stringContaining('write rights'),
    });
  });

  it('to a server that evicts is found unfit [R7]', async () => {
    const client = await connect({ password: 'secret' });
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const findings = await checkServer(client, KEYS, 'test', 0, false);
    await client.config('SET', 'maxmemory-policy', 'noeviction');
    expect(findings.find((finding) => finding.what === 'eviction')).toMatchObject({ ok: false, found: 'allkeys-lru' });
    expect((await checkServer(client, KEYS, 'test', 0, false)).every((finding) => finding.ok)).toBe(true);
  });

  it('to a replica is found unfit [R7]', async () => {
    const replica = await new RedisServer({
      config: ['--replicaof', '127.0.0.1', String(port), '--masterauth', 'secret'],
    }).start();
    try {
      const findings = await checkServer(await connect({ url: replica.socketPath }), KEYS, 'test', 0, false);
      expect(findings.find((finding) => finding.what === 'role')).toMatchObject({ ok: false, found: 'slave' });
      expect(findings.find((finding) => finding.what === 'writable')).toMatchObject({ ok: false });
    } finally {
      clients?.closeAll();
      await replica.stop();
    }
  });
});
