import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { RedisTarget } from '../../src/redis/connection/connection-options.js';
import type { HostNetwork } from './host-network.js';
import { freePorts } from './ports.js';
import { eventually } from './eventually.js';
import { RedisServer } from './redis-server.js';
import { type TlsFiles, tlsConfig, writeCertificate } from './tls-certificate.js';

export const SENTINEL_NAME = 'main';
const STARTED_WITHIN_MS = 30_000;

export interface SentinelSetOptions {
  /** Nothing listens without TLS then. */
  readonly tls?: boolean;
  /** The names and addresses in the certificate, as openssl writes them. */
  readonly certifiedFor?: string;
  readonly replicas?: number;
  readonly sentinels?: number;
  /** What the Sentinels ask of their clients; nothing by default. */
  readonly sentinelLogin?: { readonly username: string; readonly password: string };
  /** Each Redis on a host of its own, which can vanish: the primary on the first. Not with TLS. */
  readonly network?: HostNetwork;
  /** The port under which the Sentinels know the primary, as of a proxy before it: called with its own port. */
  readonly announce?: (port: number) => Promise<number>;
  /** More configuration for each Redis. */
  readonly config?: readonly string[];
}

/** A primary, its replicas and the Sentinels that watch them, all real. */
export class SentinelSet {
  readonly #folder = mkdtempSync(join(tmpdir(), 'permit-gate-sentinel-'));
  readonly #clients: Redis[] = [];
  #announced = 0;
  readonly certificate: TlsFiles;
  /** The first one is the primary at the start. */
  readonly servers: RedisServer[] = [];
  readonly sentinels: RedisServer[] = [];
  ports: number[] = [];
  sentinelPorts: number[] = [];

  private constructor(private readonly options: SentinelSetOptions) {
    this.certificate = writeCertificate(this.#folder, 'server', options.certifiedFor);
  }

  static async start(options: SentinelSetOptions = {}): Promise<SentinelSet> {
    const set = new SentinelSet(options);
    await set.#start();
    return set;
  }

  /** `REDIS_SENTINELS` of this set. */
  get addresses(): string[] {
    return this.sentinelPorts.map((port) => `${this.#sentinelHost}:${port}`);
  }

  /** How the product reaches this set. */
  get target(): RedisTarget {
    const { tls = false, sentinelLogin: login } = this.options;
    return {
      host: '',
      port: 0,
      db: 0,
      tls,
      sentinels: this.addresses,
      sentinelName: SENTINEL_NAME,
      ...(login === undefined ? {} : { sentinelUsername: login.username, sentinelPassword: login.password }),
      clusterNodes: [],
    };
  }

  /** The same as variables of a process. */
  get variables(): Record<string, string> {
    const { tls = false, sentinelLogin: login } = this.options;
    return {
      REDIS_SENTINELS: this.addresses.join(','),
      REDIS_SENTINEL_NAME: SENTINEL_NAME,
      ...(tls ? { REDIS_TLS: 'true' } : {}),
      ...(login === undefined
        ? {}
        : { REDIS_SENTINEL_USERNAME: login.username, REDIS_SENTINEL_PASSWORD: login.password }),
    };
  }

  /** Asks a Sentinel over its unix socket. */
  ask(at = 0): Redis {
    const path = this.sentinels[at]?.socketPath ?? '';
    this.#clients[at] ??= new Redis({ path, ...this.options.sentinelLogin, enableReadyCheck: false });
    return this.#clients[at];
  }

  /** The place in {@link servers} of what the first Sentinel takes for the primary. */
  async primaryAt(): Promise<number> {
    const found = (await this.ask().call('SENTINEL', 'get-master-addr-by-name', SENTINEL_NAME)) as [string, string];
    return this.servers.findIndex((_, at) => this.ports[at] === Number(found[1]) && this.#hostOf(at) === found[0]);
  }

  /** A planned failover; returns once the first Sentinel names another primary. */
  async failover(): Promise<number> {
    const before = await this.primaryAt();
    await eventually(
      () =>
        this.ask()
          .call('SENTINEL', 'FAILOVER', SENTINEL_NAME)
          .then(
            () => true,
            (error: unknown) => (/INPROG|NOGOODSLAVE/.test(String(error)) ? undefined : Promise.reject(error)),
          ),
      STARTED_WITHIN_MS,
    );
    return this.switchedFrom(before);
  }

  /** Waits until the first Sentinel names another primary than the one at this place. */
  switchedFrom(before: number, withinMs = STARTED_WITHIN_MS): Promise<number> {
    return eventually(async () => {
      const now = await this.primaryAt();
      return now === before ? undefined : [now];
    }, withinMs).then(([now = -1]) => now);
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client?.disconnect();
    for (const server of this.servers) server.signal('SIGCONT');
    await Promise.all([...this.sentinels, ...this.servers].map((server) => server.stop()));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #sentinelHost(): string {
    return this.options.network?.address ?? '127.0.0.1';
  }

  #hostOf(at: number): string {
    return this.options.network?.hosts[at]?.address ?? '127.0.0.1';
  }

  async #start(): Promise<void> {
    const { replicas = 1, sentinels = 3 } = this.options;
    const ports = await freePorts(1 + replicas + sentinels);
    this.ports = ports.slice(0, 1 + replicas);
    this.sentinelPorts = ports.slice(1 + replicas);
    for (const at of this.ports.keys()) this.servers.push(await this.#redis(at));
    const asked = new Redis({ path: this.servers[0]?.socketPath ?? '' });
    await eventually(
      async () => (await asked.info('replication')).split('state=online').length === replicas + 1 || undefined,
      STARTED_WITHIN_MS,
    );
    asked.disconnect();
    this.#announced = (await this.options.announce?.(this.ports[0] ?? 0)) ?? this.ports[0] ?? 0;
    this.sentinels.push(...(await Promise.all(this.sentinelPorts.map((port, at) => this.#sentinel(port, at)))));
    const known = `slaves=${replicas},sentinels=${sentinels}`;
    for (const at of this.sentinels.keys())
      await eventually(
        async () => (await this.ask(at).info('sentinel')).includes(known) || undefined,
        STARTED_WITHIN_MS,
      );
  }

  #redis(at: number): Promise<RedisServer> {
    const primary = at === 0 ? [] : ['--replicaof', this.#hostOf(0), String(this.ports[0])];
    const host = this.options.network?.hosts[at];
    return this.#server(
      this.ports[at] ?? 0,
      this.#hostOf(at),
      ['--repl-diskless-sync-delay', '0', ...primary, ...(this.options.config ?? [])],
      {
        namespace: host?.namespace,
      },
    );
  }

  #sentinel(port: number, at: number): Promise<RedisServer> {
    const { sentinelLogin: login, sentinels = 3 } = this.options;
    const lines = [
      `sentinel monitor ${SENTINEL_NAME} ${this.#hostOf(0)} ${this.#announced} ${Math.floor(sentinels / 2) + 1}`,
      `sentinel down-after-milliseconds ${SENTINEL_NAME} 1000`,
      `sentinel failover-timeout ${SENTINEL_NAME} 5000`,
      ...(login === undefined
        ? []
        : [
            'user default off',
            `user ${login.username} on >${login.password} ~* &* +@all`,
            `sentinel sentinel-user ${login.username}`,
            `sentinel sentinel-pass ${login.password}`,
          ]),
    ];
    const file = join(this.#folder, `sentinel-${at}.conf`);
    writeFileSync(file, `${lines.join('\n')}\n`);
    return this.#server(port, this.#sentinelHost, ['--sentinel'], { file });
  }

  async #server(
    port: number,
    bind: string,
    config: readonly string[],
    more: { readonly file?: string; readonly namespace?: string | undefined },
  ): Promise<RedisServer> {
    const { tls = false } = this.options;
    const listening = tls
      ? { config: [...tlsConfig(port, this.certificate), '--tls-replication', 'yes', ...config] }
      : { port, bind, config: ['--protected-mode', 'no', ...config] };
    return new RedisServer({ ...listening, ...more }).start();
  }
}
