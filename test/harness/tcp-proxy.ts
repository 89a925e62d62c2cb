import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * `pass` forwards. `stall` holds bytes back in both directions and `mute` only the answers; both let them go when the
 * link is `pass` again. `cut` ends every connection and refuses new ones.
 */
export type LinkState = 'pass' | 'stall' | 'mute' | 'cut';

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
}

/** A TCP link on loopback that can fail as real links do. */
export class TcpProxy {
  readonly #pairs = new Set<Pair>();
  readonly #server: Server;
  #state: LinkState = 'pass';
  #delayMs = 0;

  private constructor(private targetPort: number) {
    this.#server = createServer({ pauseOnConnect: true }, (client) => this.#accept(client));
  }

  static async open(targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject);
      proxy.#server.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy is not listening');
    return address.port;
  }

  set(state: LinkState): void {
    this.#state = state;
    if (state === 'cut') this.dropAll();
    for (const pair of this.#pairs) this.#flow(pair);
  }

  /** From now on what clients send arrives so much later, in order; 0 ends that. */
  slow(ms: number): void {
    this.#delayMs = ms;
  }

  /** Ends the existing connections; new ones go to the present target. */
  dropAll(): void {
    for (const { client, upstream } of this.#pairs) {
      client.destroy();
      upstream.destroy();
    }
  }

  retarget(port: number): void {
    this.targetPort = port;
    this.dropAll();
  }

  async close(): Promise<void> {
    this.dropAll();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(client: Socket): void {
    if (this.#state === 'cut') {
      client.destroy();
      return;
    }
    const upstream = connect({ port: this.targetPort, host: '127.0.0.1' });
    const pair = { client, upstream };
    this.#pairs.add(pair);
    const end = (): void => {
      this.#pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', end);
    }
    // One queue, so that nothing overtakes what waits.
    const queue: { readonly bytes: Buffer; readonly dueMs: number }[] = [];
    const forward = (): void => {
      const nowMs = performance.now();
      for (let first = queue[0]; first !== undefined && first.dueMs <= nowMs; first = queue[0]) {
        if (upstream.writable) upstream.write(first.bytes);
        queue.shift();
      }
      if (queue[0] !== undefined) setTimeout(forward, Math.ceil(queue[0].dueMs - nowMs));
    };
    client.on('data', (bytes) => {
      const dueMs = Math.max(queue.at(-1)?.dueMs ?? 0, performance.now() + this.#delayMs);
      queue.push({ bytes, dueMs });
      if (queue.length === 1) forward();
    });
    upstream.on('data', (bytes) => client.write(bytes));
    this.#flow(pair);
  }

  #flow({ client, upstream }: Pair): void {
    if (this.#state === 'stall') client.pause();
    else client.resume();
    if (this.#state === 'pass') upstream.resume();
    else upstream.pause();
  }
}
