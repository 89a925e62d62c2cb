import type { ConnectionOptions } from 'node:tls';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { SENTINEL_DEFAULT_PORT } from '../../config/redis-url.js';
import {
  type AddressFinding,
  addressVariables,
  checkAddresses,
  loginVariables,
  untilConnected,
} from './address-check.js';
import { batchWrites } from './write-batching.js';
import { WatchfulSentinelConnector } from './sentinel-connector.js';
import { parseEndpoint, type RedisTarget, singleServerOptions, tlsOptions } from './connection-options.js';

export type RedisClient = Redis | Cluster;

/** How long a command may take before its outcome counts as unknown. */
const COMMAND_DEADLINE_MS = 1_000;
const CONNECT_TIMEOUT_MS = 2_000;
const RECONNECT_MAX_MS = 250;
/**
 * A connection without an answer for this long after the deadline of a command is closed and opened again: its packets are lost, or
 * its host is down. An idle connection waits for no answer: see {@link HEARTBEAT_MS}.
 */
const SILENCE_MS = 2_000;
/** How often a command connection that nothing was sent on is pinged, so that a dead one is found before it is needed. */
const HEARTBEAT_MS = 2_000;
/** Deadline for connecting to a Sentinel and for its answer; then the next Sentinel is asked. */
const SENTINEL_DEADLINE_MS = 1_500;
/** How often a cluster is asked who owns which slots, so that a node that answers no more is dropped once another took over. */
const SLOTS_EVERY_MS = 2_000;
/** Then the next node is asked. */
const SLOTS_DEADLINE_MS = 500;
const SENTINEL_RECONNECT_MS = 5_000;

/**
 * Commands have a deadline and are never sent twice by the client: measured on ioredis 6.0.0, a connection cut while a
 * script ran made the defaults run it twice and report one success.
 */
const COMMAND_OPTIONS = {
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  enableOfflineQueue: false,
  commandTimeout: COMMAND_DEADLINE_MS,
  socketTimeout: COMMAND_DEADLINE_MS + SILENCE_MS,
} as const satisfies RedisOptions;

/** How long an operator's write may take: a slow Redis must still take a stop. */
const CONTROL_DEADLINE_MS = 4_000;

const CONTROL_OPTIONS = {
  ...COMMAND_OPTIONS,
  commandTimeout: CONTROL_DEADLINE_MS,
  socketTimeout: CONTROL_DEADLINE_MS + SILENCE_MS,
} as const satisfies RedisOptions;

/** How long a blocking read waits on the server. */
export const BLOCK_MS = 2_000;

/**
 * Blocking reads change nothing. They fail when the connection is lost or the server does not answer within {@link BLOCK_MS}. Their
 * loop always tries again, and also reads entries that were delivered to it on a lost connection.
 */
const BLOCKING_OPTIONS = {
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  enableOfflineQueue: false,
  commandTimeout: BLOCK_MS + 1_000,
  socketTimeout: BLOCK_MS + 1_000 + SILENCE_MS,
} as const satisfies RedisOptions;

/** For a command that reads or writes everything that is stored. */
const BULK_OPTIONS = {
  ...COMMAND_OPTIONS,
  commandTimeout: 60_000,
  socketTimeout: 60_000 + SILENCE_MS,
} as const satisfies RedisOptions;

const OPTIONS = { commands: COMMAND_OPTIONS, control: CONTROL_OPTIONS, blocking: BLOCKING_OPTIONS, bulk: BULK_OPTIONS };

export type Duty = keyof typeof OPTIONS;

/** Connections that are opened at the start, and pinged. */
const isCommanding = (duty: Duty): boolean => duty === 'commands' || duty === 'control';

export type ConnectionListener = (event: {
  readonly name: string;
  readonly state: 'ready' | 'lost';
  readonly detail: string;
}) => void;

interface Connection {
  readonly name: string;
  readonly duty: Duty;
  readonly client: RedisClient;
  /** The last error of the server or the network; `""` while the connection works. */
  trouble: string;
}

/** Opens connections by duty, reports when one is lost or ready again, and closes them all. */
export class RedisClients {
  readonly #open: Connection[] = [];
  #listener: ConnectionListener = () => undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  /** The bytes written to each node up to the last heartbeat. */
  readonly #written = new WeakMap<Redis, number>();

  constructor(private readonly target: RedisTarget) {}

  onChange(listener: ConnectionListener): void {
    this.#listener = listener;
  }

  /** A connection that is not connected yet. `credentials` override the target's user. */
  open(name: string, duty: Duty, credentials?: { readonly username: string; readonly password: string }): RedisClient {
    const target = credentials === undefined ? this.target : { ...this.target, ...credentials };
    const client = createClient(target, duty, name);
    batchWrites(client, isCommanding(duty) ? 'writes' : 'reads');
    const connection: Connection = { name, duty, client, trouble: '' };
    const notify = (state: 'ready' | 'lost', detail: string): void => this.#listener({ name, state, detail });
    client.on('error', ({ message }: Error) => notify('lost', (connection.trouble = message)));
    client.on('close', () => notify('lost', 'connection closed'));
    client.on('ready', () => notify('ready', (connection.trouble = '')));
    this.#open.push(connection);
    this.#heartbeat ??= setInterval(() => this.#askForLife(), HEARTBEAT_MS).unref();
    return client;
  }

  /** The last error of the server or the network on a connection; `""` while it works. */
  troubleOf(client: RedisClient): string {
    return this.#open.find((each) => each.client === client)?.trouble ?? '';
  }

  /** The numbered database every connection must be on. */
  get database(): number {
    return this.target.clusterNodes.length > 0 ? 0 : singleServerOptions(this.target).db;
  }

  /** Throws if there is no connection in time; ioredis then goes on trying. */
  connect(client: RedisClient): Promise<void> {
    return untilConnected(this.target, client.connect());
  }

  /** What each configured Sentinel or cluster node has to do with a failure; empty for a single server. */
  async addressTroubles(): Promise<AddressFinding[]> {
    return (await checkAddresses(this.target)).filter(({ trouble }) => trouble !== '');
  }

  /** Which variables say where Redis is, and who logs in there. */
  get variables(): { readonly address: string; readonly login: string } {
    return { address: addressVariables(this.target), login: loginVariables(this.target) };
  }

  /** Connects the command connections. A failure is reported; ioredis then tries again by itself. */
  async connectCommands(): Promise<void> {
    const waiting = this.#open.filter(({ duty, client }) => isCommanding(duty) && client.status === 'wait');
    await Promise.all(
      waiting.map(({ name, client }) =>
        this.connect(client).catch((error: unknown) => this.#listener({ name, state: 'lost', detail: String(error) })),
      ),
    );
  }

  /** Ends one connection for good. */
  close(client: RedisClient): void {
    const at = this.#open.findIndex((each) => each.client === client);
    if (at >= 0) this.#open.splice(at, 1);
    client.disconnect();
  }

  /** Ends every connection at once; blocking reads reject. */
  closeAll(): void {
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
    for (const { client } of this.#open.splice(0)) client.disconnect();
  }

  /** Blocking connections need no ping: they always wait for an answer. Nor does one that a command was sent on: that has a deadline. */
  #askForLife(): void {
    for (const { client } of this.#open.filter(({ duty }) => isCommanding(duty)))
      for (const node of 'nodes' in client ? client.nodes('master') : [client])
        if (node.status === 'ready') void this.#pingIfIdle(node);
  }

  async #pingIfIdle(node: Redis): Promise<void> {
    const written = (): number => node.stream.bytesWritten;
    if (this.#written.get(node) === written()) {
      // The error is ignored here: a connection without an answer is closed and reports that itself.
      await node.ping().catch(() => undefined);
    }
    this.#written.set(node, written());
  }
}

function createClient(target: RedisTarget, duty: Duty, name: string): RedisClient {
  const common = {
    ...OPTIONS[duty],
    connectTimeout: CONNECT_TIMEOUT_MS,
    // ioredis would send CLIENT SETINFO at every connect, and no user of ours has a right to it.
    disableClientInfo: true,
    connectionName: `permit-gate-${name}`,
  };
  const reconnect = (times: number): number => Math.min(25 * times, RECONNECT_MAX_MS);
  // A primary that was demoted answers READONLY: look for the primary again.
  const reconnectOnError = (error: Error): boolean => error.message.startsWith('READONLY');
  if (target.clusterNodes.length > 0) {
    const { username, password } = singleServerOptions({ ...target, url: undefined });
    const { enableOfflineQueue, ...perNode } = common;
    return new Cluster(
      target.clusterNodes.map((node) => parseEndpoint(node, 6379)),
      {
        lazyConnect: true,
        enableOfflineQueue,
        clusterRetryStrategy: reconnect,
        clusterNodeRetryStrategy: reconnectNodeOnce,
        // By default ioredis sends again what is unanswered when it drops a node that lost its slots, even what it reported as failed.
        retryDelayOnFailover: 0,
        slotsRefreshInterval: SLOTS_EVERY_MS,
        slotsRefreshTimeout: SLOTS_DEADLINE_MS,
        redisOptions: {
          ...perNode,
          ...(username === undefined ? {} : { username }),
          ...(password === undefined ? {} : { password }),
          ...(target.tls ? { tls: tlsOptions(target) } : {}),
        },
      },
    );
  }
  const single = singleServerOptions(target);
  const shared = { ...common, lazyConnect: true, retryStrategy: reconnect, reconnectOnError } satisfies RedisOptions;
  if (target.sentinels.length > 0) {
    const { host: _host, port: _port, path: _path, ...rest } = single;
    const sentinels = target.sentinels.map((node) => parseEndpoint(node, SENTINEL_DEFAULT_PORT));
    return new Redis({
      ...shared,
      ...rest,
      ...sentinelOptions(target, single.tls),
      sentinels,
      name: target.sentinelName ?? '',
    });
  }
  return new Redis({ ...shared, ...single });
}

/**
 * ioredis' cluster client sends unanswered commands of a closed connection again, unless the node's own connection reconnects. With one
 * reconnect they fail there, once, as on every other connection. If that reconnect fails, the node is dropped and the nodes are read again.
 */
function reconnectNodeOnce(times: number): number | null {
  return times === 1 ? 25 : null;
}

/** Sentinels must answer within a deadline and report failovers. They use TLS if the servers do. */
function sentinelOptions(target: RedisTarget, serverTls: ConnectionOptions | undefined) {
  const { sentinelUsername, sentinelPassword, sentinelTls } = target;
  const tls = serverTls ?? (sentinelTls === true ? tlsOptions(target) : undefined);
  return {
    Connector: WatchfulSentinelConnector,
    failoverDetector: true,
    sentinelCommandTimeout: SENTINEL_DEADLINE_MS,
    sentinelReconnectStrategy: () => SENTINEL_RECONNECT_MS,
    ...(sentinelUsername === undefined ? {} : { sentinelUsername }),
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...(tls === undefined ? {} : { sentinelTLS: tls }),
    ...(serverTls === undefined ? {} : { enableTLSForSentinelMode: true }),
  } satisfies RedisOptions;
}
