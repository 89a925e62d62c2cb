import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, connect, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The fault for the first chunk with the text: it is lost before Redis, or it is executed and its reply lost. */
export interface Cut {
  readonly text: string;
  readonly when: 'before' | 'after';
  /** How many chunks with the text are cut; 1 by default. */
  readonly times?: number;
}

/** How much later each chunk with the text reaches Redis, and everything that the same connection sends after it. */
export interface Slow {
  readonly text: string;
  readonly ms: number;
  /** How many chunks with the text are slowed; all by default. */
  readonly times?: number;
}

/** Stands between a client and Redis, on a unix socket or a port, and cuts, silences or slows connections on demand. */
export class RedisProxy {
  readonly #folder = mkdtempSync(join(tmpdir(), 'permit-gate-proxy-'));
  readonly socketPath = join(this.#folder, 'proxy.sock');
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Connected clients, and those among them whose packets are lost. */
  readonly #clients = new Set<Socket>();
  readonly #silenced = new Set<Socket>();
  #cut: Cut | undefined;
  #left = 0;
  #slow: Slow | undefined;
  #slowLeft = 0;
  /** Connections that were cut so far. */
  cuts = 0;
  /** Chunks that were slowed so far. */
  slowed = 0;
  #isCutOff = false;

  private constructor(private readonly target: string | number) {
    this.#server = createServer((client) => this.#serve(client));
  }

  /** `target` is the socket or the port of Redis; with a `port` the proxy listens there. */
  static async open(target: string | number, port?: number): Promise<RedisProxy> {
    const proxy = new RedisProxy(target);
    await new Promise<void>((resolve) =>
      port === undefined
        ? proxy.#server.listen(proxy.socketPath, resolve)
        : proxy.#server.listen(port, '127.0.0.1', resolve),
    );
    return proxy;
  }

  /** From now on packets are lost on every existing connection; new ones work. */
  silence(): void {
    for (const client of this.#clients) this.#silenced.add(client);
  }

  /** Silenced connections that their client has not closed yet. */
  get silenced(): number {
    return this.#silenced.size;
  }

  /** Open connections, including the silenced ones. */
  get standing(): number {
    return this.#clients.size;
  }

  /** Closes every connection and takes no new one, until it is called with `false`. */
  cutOff(isCutOff: boolean): void {
    this.#isCutOff = isCutOff;
    if (isCutOff) for (const client of this.#clients) client.destroy();
  }

  arm(cut: Cut): void {
    this.#cut = cut;
    this.#left = cut.times ?? 1;
  }

  slow(slow: Slow): void {
    this.#slow = slow;
    this.#slowLeft = slow.times ?? Infinity;
  }

  disarm(): void {
    this.#left = 0;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #serve(client: Socket): void {
    if (this.#isCutOff) {
      client.on('error', () => undefined);
      client.destroy();
      return;
    }
    const server = typeof this.target === 'number' ? connect(this.target, '127.0.0.1') : connect(this.target);
    this.#clients.add(client);
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        this.#clients.delete(client);
        this.#silenced.delete(client);
        client.destroy();
        server.destroy();
      });
    }
    let muted = false;
    let slowUntil = 0;
    client.on('data', (chunk) => {
      if (this.#silenced.has(client)) return;
      const slow = this.#slow;
      if (slow !== undefined && this.#slowLeft > 0 && chunk.includes(slow.text)) {
        this.#slowLeft -= 1;
        slowUntil = performance.now() + slow.ms;
      }
      const waitMs = slowUntil - performance.now();
      if (waitMs > 0) {
        this.slowed += 1;
        setTimeout(() => server.writable && server.write(chunk), waitMs);
        return;
      }
      const cut = this.#take(chunk);
      if (cut === undefined) {
        if (!muted) server.write(chunk);
        return;
      }
      muted = true;
      this.cuts += 1;
      if (cut.when === 'before') {
        client.destroy();
        return;
      }
      // Redis answers in order: once it has answered this chunk, the script has run.
      server.once('data', () => client.destroy());
      server.write(chunk);
    });
    server.on('data', (chunk) => {
      if (!muted && !this.#silenced.has(client)) client.write(chunk);
    });
  }

  #take(chunk: Buffer): Cut | undefined {
    const cut = this.#cut;
    if (cut === undefined || this.#left === 0 || !chunk.includes(cut.text)) return undefined;
    this.#left -= 1;
    return cut;
  }
}
