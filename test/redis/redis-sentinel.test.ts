import { afterEach, describe, expect, it } from 'vitest';
import type { RedisTarget } from '../../src/redis/connection/connection-options.js';
import { type Duty, type RedisClient, RedisClients } from '../../src/redis/connection/redis-clients.js';
import { eventually } from '../harness/eventually.js';
import { HostNetwork } from '../harness/host-network.js';
import { SentinelSet, type SentinelSetOptions } from '../harness/sentinel-set.js';

const DUTIES: readonly Duty[] = ['commands', 'blocking', 'bulk'];
const SWITCHED_WITHIN_MS = 10_000;
const LOGIN = { username: 'gate', password: 'sentinel-secret' };
/** One failover is enough for every run: npm run test:long. */
const SHORT = process.env['FAILOVERS'] === undefined;
const NO_NAMESPACES = HostNetwork.missing();

describe('under Sentinel', () => {
  let set: SentinelSet;
  let network: HostNetwork | undefined;
  const opened: RedisClients[] = [];

  afterEach(async () => {
    delete process.env['SSL_CERT_FILE'];
    for (const clients of opened.splice(0)) clients.closeAll();
    await set.stop();
    network?.close();
    network = undefined;
  });

  async function start(options: SentinelSetOptions): Promise<void> {
    set = await SentinelSet.start(options);
    process.env['SSL_CERT_FILE'] = set.certificate.cert;
  }

  /** What the connection reports, and the client once it is asked to connect. */
  function connecting(target: Partial<RedisTarget> = {}, duty: Duty = 'commands') {
    const clients = new RedisClients({ ...set.target, ...target });
    opened.push(clients);
    const seen: string[] = [];
    clients.onChange(({ detail }) => seen.push(detail));
    const client = clients.open(duty, duty);
    return { client, seen, connected: client.connect().catch(() => undefined) };
  }

  async function connect(target: Partial<RedisTarget> = {}, duty: Duty = 'commands'): Promise<RedisClient> {
    const { client, connected } = connecting(target, duty);
    await connected;
    return client;
  }

  const portOf = async (client: RedisClient): Promise<number> =>
    Number(/^(?:tcp_port|tls_port):([1-9]\d*)/m.exec(await client.info('server'))?.[1]);

  /** How long after the switch the last kind of connection worked again. */
  async function follows(loseThePrimary: () => void): Promise<number> {
    const clients = await Promise.all(DUTIES.map((duty) => connect({}, duty)));
    for (const client of clients) expect(await portOf(client)).toBe(set.ports[0]);
    loseThePrimary();
    await set.switchedFrom(0);
    const switchedMs = performance.now();
    await Promise.all(
      clients.map((client) =>
        eventually(async () => (await portOf(client).catch(() => 0)) === set.ports[1] || undefined, SWITCHED_WITHIN_MS),
      ),
    );
    expect(await clients[0]?.set('after', 'the switch')).toBe('OK');
    return performance.now() - switchedMs;
  }

  it.skipIf(SHORT || NO_NAMESPACES !== '')(
    `[K2] every kind of connection follows within 10 s of the switch when the primary's host vanishes without a reset${NO_NAMESPACES}`,
    async () => {
      network = HostNetwork.open(2);
      await start({ network });
      expect(await follows(() => network?.hosts[0]?.vanish())).toBeLessThan(SWITCHED_WITHIN_MS);
    },
    60_000,
  );

  it('[K1] [K2] with TLS and a login at the Sentinels every kind of connection works, and follows when the primary is stopped', async () => {
    await start({ tls: true, sentinelLogin: LOGIN });
    expect(await follows(() => set.servers[0]?.signal('SIGSTOP'))).toBeLessThan(SWITCHED_WITHIN_MS);
  }, 60_000);

  it('[K1] without the right certificate, login or TLS nothing connects, and each reason is reported', async () => {
    await start({ tls: true, sentinelLogin: LOGIN, sentinels: 1, certifiedFor: 'DNS:redis.internal' });
    const named = { tlsServername: 'redis.internal' };
    const working = await connect(named);
    expect(await working.ping()).toBe('PONG');
    const attempts: [string, Partial<RedisTarget>, RegExp][] = [
      ['an address that the certificate does not contain', {}, /not in the cert|does not match/],
      ['another name', { tlsServername: 'other.internal' }, /does not match/],
      ['a wrong password', { ...named, sentinelPassword: 'wrong' }, /WRONGPASS/],
      ['no password', { ...named, sentinelUsername: undefined, sentinelPassword: undefined }, /NOAUTH/],
      ['no TLS', { ...named, tls: false }, /closed|reset|unreachable/],
    ];
    for (const [what, target, reason] of attempts) {
      const { client, seen } = connecting(target);
      await eventually(
        () => seen.some((each) => reason.test(each)) || undefined,
        10_000,
        () => [what, seen],
      );
      expect(client.status, what).not.toBe('ready');
    }
    delete process.env['SSL_CERT_FILE'];
    const untrusted = connecting(named);
    await eventually(() => untrusted.seen.some((each) => /self-signed certificate/.test(each)) || undefined);
    expect(untrusted.client.status).not.toBe('ready');
    process.env['SSL_CERT_FILE'] = set.certificate.cert;
    // A rediss:// URL beside Sentinels asks for TLS too.
    const byUrl = await connect({ ...named, tls: false, url: 'rediss://ignored-host:1/0' });
    expect(await byUrl.ping()).toBe('PONG');
  }, 60_000);
});
