import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RedisTarget } from '../../src/redis/connection/connection-options.js';
import { type Duty, type RedisClient, RedisClients } from '../../src/redis/connection/redis-clients.js';
import { freePort } from '../harness/ports.js';
import { eventually } from '../harness/eventually.js';
import { RedisServer } from '../harness/redis-server.js';
import { tlsConfig, writeCertificate } from '../harness/tls-certificate.js';

const NAME = 'main';
const DUTIES: readonly Duty[] = ['commands', 'blocking'];
const SWITCHED_WITHIN_MS = 10_000;

/** A primary, a replica and a Sentinel; with TLS nothing of it listens without. */
class Watched {
  readonly #folder = mkdtempSync(join(tmpdir(), 'permit-gate-sentinel-'));
  readonly #servers: RedisServer[] = [];
  #own: RedisClients | undefined;
  readonly certificate = writeCertificate(this.#folder);
  sentinelPort = 0;
  primary!: RedisServer;
  replicaPort = 0;

  constructor(private readonly tls: boolean) {}

  async start(): Promise<this> {
    const [primaryPort, replicaPort, sentinelPort] = [await freePort(), await freePort(), await freePort()];
    this.primary = await this.#server(primaryPort, []);
    await this.#server(replicaPort, ['--replicaof', '127.0.0.1', String(primaryPort)]);
    const file = join(this.#folder, 'sentinel.conf');
    const lines = [
      `sentinel monitor ${NAME} 127.0.0.1 ${primaryPort} 1`,
      `sentinel down-after-milliseconds ${NAME} 1000`,
      `sentinel failover-timeout ${NAME} 5000`,
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    await this.#server(sentinelPort, ['--sentinel'], file);
    [this.sentinelPort, this.replicaPort] = [sentinelPort, replicaPort];
    const sentinel = await this.asked();
    await eventually(async () => (await sentinel()).includes('slaves=1') || undefined, 30_000);
    return this;
  }

  /** Asks the Sentinel what it knows, over its unix socket. */
  async asked(): Promise<() => Promise<string>> {
    this.#own ??= new RedisClients({ ...BARE, url: this.#servers[2]?.socketPath });
    const client = this.#own.open('test', 'blocking');
    await client.connect();
    return () => client.info('sentinel');
  }

  get target(): RedisTarget {
    return { ...BARE, tls: this.tls, sentinels: [`127.0.0.1:${this.sentinelPort}`], sentinelName: NAME };
  }

  async stop(): Promise<void> {
    this.#own?.closeAll();
    this.primary.signal('SIGCONT');
    await Promise.all(this.#servers.map((server) => server.stop()));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #server(port: number, config: readonly string[], file?: string): Promise<RedisServer> {
    const ports = this.tls ? { config: [...tlsConfig(port, this.certificate), '--tls-replication', 'yes'] } : { port };
    const server = new RedisServer({
      ...ports,
      ...(file === undefined ? {} : { file }),
      config: [...(ports.config ?? []), ...config],
    });
    this.#servers.push(await server.start());
    return server;
  }
}

const BARE: RedisTarget = { host: '127.0.0.1', port: 0, db: 0, tls: false, sentinels: [], clusterNodes: [] };

describe.each([
  ['without TLS', false],
  ['with TLS, where nothing listens without', true],
])('under Sentinel, %s', (_how, tls) => {
  let watched: Watched;
  let clients: RedisClients;

  beforeEach(async () => {
    watched = await new Watched(tls).start();
    if (tls) process.env['SSL_CERT_FILE'] = watched.certificate.cert;
    clients = new RedisClients(watched.target);
  }, 60_000);
  afterEach(async () => {
    delete process.env['SSL_CERT_FILE'];
    clients.closeAll();
    await watched.stop();
  });

  async function open(duty: Duty): Promise<RedisClient> {
    const client = clients.open(duty, duty);
    await client.connect();
    return client;
  }

  const portOf = async (client: RedisClient): Promise<number> =>
    Number(/^(?:tcp_port|tls_port):(\d+)/m.exec(await client.info('server'))?.[1]);

  it('part of [K1] part of [K2] every kind of connection works, and follows when the primary hangs, within 10 s of the switch', async () => {
    const opened = await Promise.all(DUTIES.map((duty) => open(duty)));
    for (const client of opened) expect(await client.ping()).toBe('PONG');
    const sentinel = await watched.asked();
    // Its host is gone without a word: connections stand, and nothing answers.
    watched.primary.signal('SIGSTOP');
    await eventually(
      async () => (await sentinel()).includes(`address=127.0.0.1:${watched.replicaPort}`) || undefined,
      30_000,
    );
    const switchedMs = performance.now();
    await Promise.all(
      opened.map((client) =>
        eventually(
          async () => (await portOf(client).catch(() => 0)) === watched.replicaPort || undefined,
          SWITCHED_WITHIN_MS,
        ),
      ),
    );
    expect(await opened[0]?.set('after', 'the switch')).toBe('OK');
    expect(performance.now() - switchedMs).toBeLessThan(SWITCHED_WITHIN_MS);
  }, 90_000);

  if (!tls) return;
  it('part of [K1] an untrusted certificate is refused', async () => {
    delete process.env['SSL_CERT_FILE'];
    const strict = new RedisClients(watched.target);
    const seen: string[] = [];
    strict.onChange(({ detail }) => seen.push(detail));
    const client = strict.open('test', 'commands');
    void client.connect().catch(() => undefined);
    await eventually(() => seen.some((each) => /self-signed certificate/.test(each)) || undefined);
    expect(client.status).not.toBe('ready');
    strict.closeAll();
  }, 30_000);

  it('part of [K1] a connection without TLS is not made', async () => {
    const plain = new RedisClients({ ...watched.target, tls: false });
    const client = plain.open('test', 'commands');
    client.on('error', () => undefined);
    void client.connect().catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(client.status).not.toBe('ready');
    plain.closeAll();
  }, 30_000);

  it('part of [K1] a rediss:// URL beside Sentinels asks for TLS too', async () => {
    const byUrl = new RedisClients({ ...watched.target, tls: false, url: 'rediss://ignored-host:1/0' });
    const client = byUrl.open('test', 'commands');
    await client.connect();
    expect(await client.ping()).toBe('PONG');
    byUrl.closeAll();
  }, 30_000);
});
