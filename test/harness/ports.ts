import { createServer } from 'node:net';

/** How far the bus port of a cluster's node is above its own. */
const BUS_OFFSET = 10_000;

interface PortRange {
  readonly first: number;
  readonly count: number;
}

/** All below the ports the kernel gives to outgoing connections: a process that restarts finds its port free. */
const NODES: PortRange = { first: 20_000, count: 2_000 };
const OTHERS: PortRange = { first: NODES.first + NODES.count, count: BUS_OFFSET - NODES.count };

/** So many workers of one test run take ports at the same time at most. */
const WORKERS = 8;

/**
 * Gives the ports of a range, one after the other. The workers of a test run have a part of it each, because a port that is
 * free when two of them look is taken when the second one listens. Other processes begin where their number says.
 */
class PortSource {
  readonly #part: PortRange;
  #next: number;

  constructor(
    range: PortRange,
    private readonly needed: (port: number) => readonly number[],
  ) {
    const worker = Number(process.env.VITEST_POOL_ID ?? '');
    const count = Math.floor(range.count / WORKERS);
    this.#part = worker > 0 ? { first: range.first + (worker % WORKERS) * count, count } : range;
    this.#next = (process.pid * 97) % this.#part.count;
  }

  async take(count: number): Promise<number[]> {
    const ports: number[] = [];
    for (let tried = 0; ports.length < count; tried += 1) {
      if (tried > this.#part.count)
        throw new Error(`${count} free ports are needed; from ${this.#part.first} on there are ${ports.length}`);
      const port = this.#part.first + this.#next;
      this.#next = (this.#next + 1) % this.#part.count;
      const free = await Promise.all(this.needed(port).map(isFree));
      if (!free.includes(false)) ports.push(port);
    }
    return ports;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

const nodes = new PortSource(NODES, (port) => [port, port + BUS_OFFSET]);
const others = new PortSource(OTHERS, (port) => [port]);

/** Ports for the nodes of a cluster: their bus ports too are free, and below the ports of outgoing connections. */
export function freeNodePorts(count: number): Promise<number[]> {
  return nodes.take(count);
}

/** Ports on loopback that are free at the moment. */
export function freePorts(count: number): Promise<number[]> {
  return others.take(count);
}

export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}
