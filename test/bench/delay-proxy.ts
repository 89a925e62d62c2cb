import { connect, createServer, type Socket } from 'node:net';

/** Timers have whole milliseconds; what is due sooner is waited for by looking again at once. */
const TIMER_MS = 2;

/** Listens until it gets a signal to end, and forwards every connection; each chunk arrives so much later, both ways. */
export async function main([listenOn = '', target = '', eachWay = '']: readonly string[]): Promise<number> {
  const delayMs = Number(eachWay);
  if (!(delayMs > 0)) throw new RangeError(`the delay is ${JSON.stringify(eachWay)}; milliseconds above 0 are needed`);
  const server = createServer((client) => link(client, connect(target), delayMs));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listenOn, resolve);
  });
  process.stdout.write(`${JSON.stringify({ msg: 'ready' })}\n`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  return 0;
}

function link(client: Socket, upstream: Socket, delayMs: number): void {
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
    const later = delayed(to, delayMs);
    from.on('data', later);
  }
}

/** Writes each chunk so much later, in order. */
function delayed(to: Socket, delayMs: number): (chunk: Buffer) => void {
  const queue: { readonly chunk: Buffer; readonly dueMs: number }[] = [];
  const forward = (): void => {
    const nowMs = performance.now();
    for (let first = queue[0]; first !== undefined && first.dueMs <= nowMs; first = queue[0]) {
      queue.shift();
      if (to.writable) to.write(first.chunk);
    }
    const [next] = queue;
    if (next === undefined) return;
    const inMs = next.dueMs - nowMs;
    if (inMs > TIMER_MS) setTimeout(forward, inMs - TIMER_MS);
    else setImmediate(forward);
  };
  return (chunk) => {
    queue.push({ chunk, dueMs: performance.now() + delayMs });
    if (queue.length === 1) forward();
  };
}
