import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** When a request passes: before it reaches the process behind, when that has answered it, and when its sender has the answer. */
export const MOMENTS = ['before', 'answered', 'told'] as const;
export type Moment = (typeof MOMENTS)[number];

/** Stands before the HTTP interface of a process, and does something when a request to one path passes. */
export class HttpDoor {
  /** Is awaited at each moment of each request to the path. */
  onPass: (moment: Moment) => Promise<void> | void = () => undefined;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async open(target: string, path: string): Promise<HttpDoor> {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const door = new HttpDoor(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (request, response) => {
      const pass = async (): Promise<void> => {
        const chunks: Buffer[] = [];
        for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
        const isWatched = request.url === path;
        if (isWatched) await door.onPass('before');
        const headers = Object.entries(request.headers).filter(
          ([name]) => !/^(host|connection|content-length)$/.test(name),
        );
        const answer = await fetch(target + (request.url ?? ''), {
          method: request.method ?? 'GET',
          headers: headers as [string, string][],
          ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
        });
        const body = Buffer.from(await answer.arrayBuffer());
        if (isWatched) await door.onPass('answered');
        response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
        response.end(body);
        if (isWatched) await door.onPass('told');
      };
      pass().catch(() => response.destroy());
    });
    return door;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }
}
