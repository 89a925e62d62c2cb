import { createServer } from 'node:net';

/** Below what the kernel gives to outgoing connections: a process that starts again finds its port free. */
const FIRST = 20_000;
const COUNT = 12_000;

/** Runs of one harness never get the same port, and two harnesses begin at different places. */
let next = (process.pid * 97) % COUNT;

/** Ports nobody uses at the moment, each given once. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let tried = 0; ports.length < count; tried += 1) {
    if (tried > COUNT) throw new Error(`no ${count} ports are free from ${FIRST} on`);
    const port = FIRST + next;
    next = (next + 1) % COUNT;
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
