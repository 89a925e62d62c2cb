import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WireResult } from './exchange-answer.js';
import { Wire, type WireRequest } from './wire.js';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Seen: 1\r\n\r\n{}';

/** A server that records every byte and answers as configured. */
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

  endAll(): void {
    for (const socket of this.sockets) socket.end();
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

  /** A socket is free again one tick of the event loop after its answer. */
  const warmUp = async (): Promise<void> => {
    await wire.send(request());
    await pause(10);
  };

  /** Opens, does something else (the claim, in the program), then sends. */
  const sendAfter = async (meanwhile: () => Promise<void>, more: Partial<WireRequest> = {}): Promise<WireResult> => {
    const opened = await wire.open(request(more));
    if ('transportError' in opened) return opened;
    await meanwhile();
    return opened.send();
  };

  beforeEach(async () => {
    raw = new RawServer();
    wire = new Wire(await raw.listen(), { connections: 2 });
  });

  afterEach(async () => {
    await Promise.all([wire.close(), raw.close()]);
  });

  it('writes exactly the given bytes and returns the answer', async () => {
    const answer = await wire.send(request());
    expect(answer).toEqual({ httpStatus: 200, headers: { 'content-length': '2', 'x-seen': '1' }, body: '{}' });
    const text = raw.received.join('');
    expect(text).toMatch(/^POST \/fapi\/v1\/order\?x=%C3%A4 HTTP\/1\.1\r\n/);
    expect(text).toContain('\r\nX-MBX-APIKEY: k\r\n');
    expect(text).toContain('\r\ncontent-length: 42\r\n');
    expect(text.endsWith('\r\n\r\nsymbol=BTCUSDT&quantity=0.010&signature=ab')).toBe(true);
    expect(text.toLowerCase()).not.toContain('transfer-encoding');
  });

  it.each(['a cold connection', 'a warm one'])(
    'on %s not one byte leaves before send, and the request leaves at once with it',
    async (kind) => {
      if (kind === 'a warm one') await warmUp();
      const before = raw.received.length;
      let seenInside = -1;
      let connectionsInside = 0;
      await sendAfter(async () => {
        await pause(50);
        seenInside = raw.received.length - before;
        connectionsInside = raw.connections;
      });
      expect(seenInside).toBe(0);
      expect(connectionsInside).toBe(1);
      expect(raw.received.length).toBeGreaterThan(before);
      expect(raw.connections).toBe(1);
    },
  );

  it.each(['a cold connection', 'a warm one'])(
    'a dropped request keeps everything back on %s, and the next one goes through',
    async (kind) => {
      if (kind === 'a warm one') await warmUp();
      const before = raw.received.length;
      const opened = await wire.open(request());
      if ('transportError' in opened) throw new Error(opened.transportError);
      opened.drop();
      expect(await opened.send()).toEqual({ transportError: 'given up before it was written', written: false });
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
    const result = await sendAfter(() => Promise.resolve());
    expect(result).toMatchObject({ written: true });
    expect(performance.now() - startedMs).toBeLessThan(450);
    await pause(100);
    expect(raw.requestCount).toBe(2);
  });

  it('the deadline counts from the write: work before it does not use it up', async () => {
    const result = await sendAfter(() => pause(400));
    expect(result).toMatchObject({ httpStatus: 200 });
  });

  it('a connection lost before the write means not written', async () => {
    await wire.send(request());
    const result = await sendAfter(async () => {
      raw.dropAll();
      await pause(400);
    });
    expect(result).toMatchObject({ written: false });
    expect(raw.requestCount).toBe(1);
  });

  it('a connection that the server closed regularly before the write means not written', async () => {
    await wire.send(request());
    const result = await sendAfter(async () => {
      raw.endAll();
      await pause(100);
    });
    expect(result).toMatchObject({ written: false });
    expect(raw.requestCount).toBe(1);
  });

  it('a refused connection means not written, and nothing is opened', async () => {
    await raw.close();
    const opened = await wire.open(request());
    expect(opened).toMatchObject({ written: false, transportError: expect.stringContaining('ECONNREFUSED') });
    raw = new RawServer();
  });

  it('a request that finds no free connection in time is given up unwritten and never written later', async () => {
    const held: Socket[] = [];
    raw.onRequest = (socket) => held.push(socket);
    const busy = [wire.send(request({ deadlineMs: 2_000 })), wire.send(request({ deadlineMs: 2_000 }))];
    await pause(50);
    const result = await wire.open(request({ deadlineMs: 100, path: '/late' }));
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

  it('an opened request is sent once', async () => {
    const opened = await wire.open(request());
    if ('transportError' in opened) throw new Error(opened.transportError);
    await opened.send();
    expect(() => opened.send()).toThrow('written once');
    opened.drop();
    await pause(30);
    expect(raw.requestCount).toBe(1);
  });

  it('finishes requests underway when it is closed, and opens no new connection', async () => {
    raw.onRequest = (socket) => setTimeout(() => socket.write(OK), 100);
    const answer = wire.send(request());
    await pause(20);
    const closed = wire.close();
    expect(await answer).toMatchObject({ httpStatus: 200 });
    await closed;
    expect(await wire.send(request())).toMatchObject({ written: false });
    expect(raw.requestCount).toBe(1);
  });
});
