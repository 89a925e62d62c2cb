import { Redis } from 'ioredis';
import { freeNodePorts } from './ports.js';
import { eventually } from './eventually.js';
import { RedisServer } from './redis-server.js';

const STARTED_WITHIN_MS = 30_000;
const PRIMARIES = 3;
const SLOTS = 16_384;
/** Of a slot that moves. */
const KEYS_AT_ONCE = 5;
const NODE_TIMEOUT_MS = 2_000;

/** Six nodes (the bus port of each is 10 000 above its own): three primaries, and node `n + 3` the replica of node `n`. */
export class RedisCluster {
  readonly #clients: Redis[];

  private constructor(
    readonly nodes: readonly RedisServer[],
    readonly ports: readonly number[],
  ) {
    this.#clients = nodes.map(({ socketPath }) => new Redis({ path: socketPath, enableReadyCheck: false }));
  }

  static async start(): Promise<RedisCluster> {
    const ports = await freeNodePorts(2 * PRIMARIES);
    const nodes = await Promise.all(ports.map((port) => startNode(port)));
    const cluster = new RedisCluster(nodes, ports);
    await cluster.#join();
    return cluster;
  }

  /** `REDIS_CLUSTER_NODES` of its primaries. */
  get addresses(): string[] {
    return this.ports.slice(0, PRIMARIES).map((port) => `127.0.0.1:${port}`);
  }

  /** A connection to one node, over its unix socket. */
  on(at: number): Redis {
    const client = this.#clients[at];
    if (client === undefined) throw new RangeError(`the cluster has no node ${at}`);
    return client;
  }

  /** The place of the primary that owns the slot of a key. */
  async ownerOf(key: string): Promise<number> {
    const slot = await this.on(0).cluster('KEYSLOT', key);
    for (const at of this.nodes.keys()) {
      const found = await this.on(at)
        .cluster('NODES')
        .catch(() => '');
      const own = String(found)
        .split('\n')
        .find((line) => line.includes('myself,master'));
      const ranges = own?.split(' ').slice(8) ?? [];
      if (ranges.some((range) => contains(range, slot))) return at;
    }
    throw new Error(`no node owns the slot of ${key}`);
  }

  /** Moves the slot of a key with all that it holds to another primary, a few keys at a time, as `redis-cli --cluster reshard` does. */
  async moveSlot(key: string, to: number): Promise<void> {
    const from = await this.ownerOf(key);
    const slot = String(await this.on(0).cluster('KEYSLOT', key));
    const [fromId, toId] = [await this.on(from).cluster('MYID'), await this.on(to).cluster('MYID')];
    await this.on(to).call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId);
    await this.on(from).call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId);
    const address = ['127.0.0.1', String(this.ports[to])];
    for (;;) {
      const keys = (await this.on(from).call('CLUSTER', 'GETKEYSINSLOT', slot, String(KEYS_AT_ONCE))) as string[];
      if (keys.length === 0) break;
      await this.on(from).call('MIGRATE', ...address, '', '0', '5000', 'KEYS', ...keys);
    }
    const others = Array.from({ length: PRIMARIES }, (_, at) => at).filter((at) => at !== to && at !== from);
    for (const at of [to, from, ...others]) await this.on(at).call('CLUSTER', 'SETSLOT', slot, 'NODE', toId);
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.disconnect();
    for (const node of this.nodes) node.signal('SIGCONT');
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  async #join(): Promise<void> {
    const [first = 0] = this.ports;
    const share = Math.ceil(SLOTS / PRIMARIES);
    for (let at = 0; at < PRIMARIES; at += 1) {
      const last = Math.min((at + 1) * share, SLOTS) - 1;
      await this.on(at).call('CLUSTER', 'ADDSLOTSRANGE', String(at * share), String(last));
      await this.on(at).call('CLUSTER', 'SET-CONFIG-EPOCH', String(at + 1));
    }
    for (let at = 1; at < this.nodes.length; at += 1)
      await this.on(at).call('CLUSTER', 'MEET', '127.0.0.1', String(first));
    for (let at = PRIMARIES; at < this.nodes.length; at += 1) {
      const primaryId = await this.on(at - PRIMARIES).cluster('MYID');
      await eventually(
        () =>
          this.on(at)
            .call('CLUSTER', 'REPLICATE', primaryId)
            .then(
              () => true,
              () => undefined,
            ),
        STARTED_WITHIN_MS,
      );
    }
    for (const at of this.nodes.keys()) {
      await eventually(async () => (await this.#isComplete(at)) || undefined, STARTED_WITHIN_MS);
    }
  }

  /** Whether a node sees a working cluster and knows every replica. */
  async #isComplete(at: number): Promise<boolean> {
    const [info, nodes] = [await this.on(at).cluster('INFO'), await this.on(at).cluster('NODES')];
    const replicas = String(nodes)
      .split('\n')
      .filter((line) => line.includes('slave') && !line.includes('fail'));
    const replication = await this.on(at).info('replication');
    const linked =
      at < PRIMARIES ? replication.includes('state=online') : replication.includes('master_link_status:up');
    return info.includes('cluster_state:ok') && replicas.length === this.nodes.length - PRIMARIES && linked;
  }
}

function startNode(port: number): Promise<RedisServer> {
  const timeout = ['--cluster-node-timeout', String(NODE_TIMEOUT_MS)];
  const config = ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1', ...timeout];
  return new RedisServer({ port, config }).start();
}

function contains(range: string, slot: number): boolean {
  const [from = '', to = from] = range.split('-');
  return Number(from) <= slot && slot <= Number(to);
}
