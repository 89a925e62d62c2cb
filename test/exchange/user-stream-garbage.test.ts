import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { useStreamRig } from './user-stream-support.js';

const rig = useStreamRig();
const until = { timeout: 8_000, interval: 10 };

let server: WebSocketServer;
let wsUrl: string;

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const address = server.address();
  wsUrl = `ws://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
});
afterEach(() => {
  for (const client of server.clients) client.terminate();
  server.close();
});

const update = (amount: string): string =>
  JSON.stringify({
    e: 'ACCOUNT_UPDATE',
    E: 1_700_000_000_000,
    T: 1_700_000_000_000,
    a: { m: 'ORDER', B: [], P: [{ s: 'BTCUSDT', pa: amount, ep: '65000', up: '0', ps: 'BOTH' }] },
  });

describe('a stream with unreadable messages', () => {
  it('connects with the listen key at the path of private streams', async () => {
    rig.listen({ wsUrl });
    const [, request] = (await once(server, 'connection')) as [WebSocket, { url: string }];
    expect(request.url).toMatch(/^\/private\/ws\?listenKey=[0-9a-f]{64}$/);
  });

  it('counts a thousand messages that cannot be read, and reads the next that can', async () => {
    const { ear } = rig.listen({ wsUrl });
    const [socket] = (await once(server, 'connection')) as [WebSocket];
    for (let i = 0; i < 500; i += 1) {
      socket.send(`{"e":"ACCOUNT_UPDATE","T":${i},"a":`);
      socket.send(Buffer.from([i % 256, 0, 255]));
    }
    socket.send(update('0.003'));
    await expect.poll(() => ear.amounts(), until).toEqual(['BTCUSDT 0.003']);
    expect(ear.faults).toHaveLength(1_000);
    expect(ear.states).toEqual(['up']);
  });

  it('closes a connection with an oversized message, and continues with the next', async () => {
    const { ear } = rig.listen({ wsUrl });
    const [socket] = (await once(server, 'connection')) as [WebSocket];
    const next = once(server, 'connection');
    socket.send('x'.repeat(1024 * 1024 + 1));
    const [second] = (await next) as [WebSocket];
    second.send(update('0.004'));
    await expect.poll(() => ear.amounts(), until).toEqual(['BTCUSDT 0.004']);
    expect(ear.states).toEqual(['up', 'closed', 'up']);
  });
});
