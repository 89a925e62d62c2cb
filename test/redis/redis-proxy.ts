import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, connect, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What befalls the first chunk that carries the text: lost on the way there, or carried out and its reply lost. */
export interface Cut {
  readonly text: string;
  readonly when: 'before' | 'after';
  /** So many chunks with the text are cut; 1 by default. */
  readonly times?: number;
}

/** Stands between a client and Redis on a unix socket and cuts the connection where it is told to. */
export class RedisProxy {
  readonly #folder = mkdtempSync(join(tmpdir(), 'permit-gate-proxy-'));
  readonly socketPath = join(this.#folder, 'proxy.sock');
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #cut: Cut | undefined;
  #left = 0;
  /** Connections that were cut so far. */
  cuts = 0;

  private constructor(private readonly target: string) {
    this.#server = createServer((client) => this.#serve(client));
  }

  static async open(target: string): Promise<RedisProxy> {
    const proxy = new RedisProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(proxy.socketPath, resolve));
    return proxy;
  }

  arm(cut: Cut): void {
    this.#cut = cut;
    this.#left = cut.times ?? 1;
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
    const server = connect(this.target);
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    let muted = false;
    client.on('data', (chunk) => {
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
      if (!muted) client.write(chunk);
    });
  }

  #take(chunk: Buffer): Cut | undefined {
    const cut = this.#cut;
    if (cut === undefined || this.#left === 0 || !chunk.includes(cut.text)) return undefined;
    this.#left -= 1;
    return cut;
  }
}
