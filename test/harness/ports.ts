import { createServer } from 'node:net';

/** Below the ports the kernel gives to outgoing connections: a process that restarts finds its port free. */
const FIRST = 20_000;
const COUNT = 12_000;

/** One process never gives the same port twice in a row, and two processes begin at different ports. */
let next = (process.pid * 97) % COUNT;

/** How far the bus port of a cluster's node is above its own. */
const BUS_OFFSET = 10_000;

/** Ports for the nodes of a cluster: their bus ports too are free, and below the ports of outgoing connections. */
export async function freeNodePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let tried = 0; ports.length < count; tried += 1) {
    if (tried > COUNT)
      throw new Error(`${count} free ports with their bus ports are needed; there are ${ports.length}`);
    const port = FIRST + (next % (COUNT - BUS_OFFSET));
    next = (next + 1) % COUNT;
    if ((await isFree(port)) && (await isFree(port + BUS_OFFSET))) ports.push(port);
  }
  return ports;
}

/** Ports on loopback that are free at the moment. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let tried = 0; ports.length < count; tried += 1) {
    if (tried > COUNT) throw new Error(`${count} free ports are needed; from ${FIRST} on there are ${ports.length}`);
    const port = FIRST + next;
    next = (next + 1) % COUNT;
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
