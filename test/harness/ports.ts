import { createServer } from 'node:net';

/** Below the ports the kernel gives to outgoing connections: a process that restarts finds its port free. */
const FIRST = 20_000;
const COUNT = 12_000;

/** One process never gives the same port twice in a row, and two processes begin at different ports. */
let next = (process.pid * 97) % COUNT;

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
