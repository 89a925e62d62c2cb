import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Wire, type WireRequest } from './wire.js';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Seen: 1\r\n\r\n{}';

/** A server that writes down every byte and answers as it is told. */
class RawServer {
  readonly server: Server;
  readonly received: string[] = [];
  connections = 0;
  onRequest: (socket: Socket, nth: number) => void = (socket) => socket.write(OK);
  private requests = 0;
  private readonly sockets = new Set<Socket>();

  constructor() {
    this.server = createServer((socket) => {
      this.connections += 1;
      this.sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('data', (bytes) => {
        const text = bytes.toString();
        this.received.push(text);
        this.requests += (text.match(/ HTTP\/1\.1\r\n/g) ?? []).length;
        if (/\r\n\r\n/.test(text)) this.onRequest(socket, this.requests);
      });
    });
  }

  get requestCount(): number {
    return this.requests;
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  dropAll(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.dropAll();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('the wire', () => {
  let raw: RawServer;
  let wire: Wire;
  const request = (more: Partial<WireRequest> = {}): WireRequest => ({
    method: 'POST',
    path: '/fapi/v1/order?x=%C3%A4',
    headers: { 'X-MBX-APIKEY': 'k' },
    body: 'symbol=BTCUSDT&quantity=0.010&signature=ab',
    deadlineMs: 300,
    ...more,
  });

  /** undici reuses a socket one turn of the event loop after its answer. */
  const warmUp = async (): Promise<void> => {
    await wire.send(request());
    await pause(10);
  };

  beforeEach(async () => {
    raw = new RawServer();
    wire = new Wire(await raw.listen(), { connections: 2, connectTimeoutMs: 300 });
  });

  afterEach(async () => {
    await Promise.all([wire.close(), raw.close()]);
  });

  it('writes exactly the bytes it was given and gives back what came', async () => {
    const answer = await wire.send(request({ beforeWrite: () => Promise.resolve() }));
    expect(answer).toEqual({ httpStatus: 200, headers: { 'content-length': '2', 'x-seen': '1' }, body: '{}' });
    const text = raw.received.join('');
    expect(text).toMatch(/^POST \/fapi\/v1\/order\?x=%C3%A4 HTTP\/1\.1\r\n/);
    expect(text).toContain('\r\nX-MBX-APIKEY: k\r\n');
    expect(text).toContain('\r\ncontent-length: 42\r\n');
    expect(text.endsWith('\r\n\r\nsymbol=BTCUSDT&quantity=0.010&signature=ab')).toBe(true);
    expect(text.toLowerCase()).not.toContain('transfer-encoding');
  });

  it.each(['a cold connection', 'a warm one'])(
    'on %s not one byte leaves before beforeWrite has ended, and the request leaves at once after it',
    async (kind) => {
      if (kind === 'a warm one') await warmUp();
      const before = raw.received.length;
      let seenInside = -1;
      let connectionsInside = 0;
      await wire.send(
        request({
          beforeWrite: async () => {
            await pause(50);
            seenInside = raw.received.length - before;
            connectionsInside = raw.connections;
          },
        }),
      );
      expect(seenInside).toBe(0);
      expect(connectionsInside).toBe(1);
      expect(raw.received.length).toBeGreaterThan(before);
      expect(raw.connections).toBe(1);
    },
  );

  it.each(['a cold connection', 'a warm one'])(
    'a rejecting beforeWrite keeps everything back on %s, and its reason comes out unchanged',
    async (kind) => {
      if (kind === 'a warm one') await warmUp();
      const before = raw.received.length;
      const reason = { any: 'value' };
      // oxlint-disable-next-line prefer-promise-reject-errors -- whatever a hook rejects with must come out
      const outcome = wire.send(request({ beforeWrite: () => Promise.reject(reason) }));
      await expect(outcome).rejects.toBe(reason);
      await pause(30);
      expect(raw.received.length).toBe(before);
      await expect(wire.send(request())).resolves.toMatchObject({ httpStatus: 200 });
    },
  );

  const losses: [title: string, onRequest: (socket: Socket) => void][] = [
    ['a reset', (socket) => socket.resetAndDestroy()],
    ['a close', (socket) => socket.destroy()],
    ['an orderly end', (socket) => socket.end()],
    ['an end after half the head', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Le')],
    ['an end after half the body', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"a"')],
    ['half the body and silence', (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"a"')],
    ['silence', () => undefined],
    ['what is no HTTP', (socket) => socket.write('nonsense\r\n\r\n')],
  ];
  it.each(losses)('[O1] %s gives a failure within the deadline and exactly one request', async (_, onRequest) => {
    await wire.send(request());
    raw.onRequest = onRequest;
    const startedMs = performance.now();
    const result = await wire.send(request({ beforeWrite: () => Promise.resolve() }));
    expect(result).toMatchObject({ written: true });
    expect(performance.now() - startedMs).toBeLessThan(450);
    await pause(100);
    expect(raw.requestCount).toBe(2);
  });

  it('the deadline counts from the write: a slow beforeWrite does not use it up', async () => {
    const result = await wire.send(request({ beforeWrite: () => pause(400) }));
    expect(result).toMatchObject({ httpStatus: 200 });
  });

  it('a connection lost during beforeWrite means not written, told only when beforeWrite has ended', async () => {
    await wire.send(request());
    let ended = false;
    const result = await wire.send(
      request({
        beforeWrite: async () => {
          raw.dropAll();
          await pause(400);
          ended = true;
        },
      }),
    );
    expect(ended).toBe(true);
    expect(result).toMatchObject({ written: false });
    expect(raw.requestCount).toBe(1);
  });

  it('a refused connection means not written, and beforeWrite never runs', async () => {
    await raw.close();
    let ran = false;
    const result = await wire.send(
      request({
        beforeWrite: () => {
          ran = true;
          return Promise.resolve();
        },
      }),
    );
    expect(result).toMatchObject({ written: false, transportError: expect.stringContaining('ECONNREFUSED') });
    expect(ran).toBe(false);
    raw = new RawServer();
  });

  it('a request that finds no free connection in time is given up unwritten and never written later', async () => {
    const held: Socket[] = [];
    raw.onRequest = (socket) => held.push(socket);
    const busy = [wire.send(request({ deadlineMs: 2_000 })), wire.send(request({ deadlineMs: 2_000 }))];
    await pause(50);
    const result = await wire.send(request({ deadlineMs: 100, path: '/late', beforeWrite: () => Promise.resolve() }));
    expect(result).toEqual({ transportError: 'no connection within 100 ms', written: false });
    for (const socket of held) socket.write(OK);
    await Promise.all(busy);
    await pause(100);
    expect(raw.received.join('')).not.toContain('/late');
  });

  it('does not follow redirects', async () => {
    raw.onRequest = (socket) => socket.write('HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n');
    expect(await wire.send(request())).toMatchObject({ httpStatus: 302 });
    expect(raw.requestCount).toBe(1);
  });

  it('a hook without a body is a mistake in the program', async () => {
    await expect(
      wire.send(request({ method: 'GET', body: undefined, beforeWrite: () => Promise.resolve() })),
    ).rejects.toThrow('needs a request with a body');
  });
});
