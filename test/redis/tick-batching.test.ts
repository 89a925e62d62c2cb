import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { Acknowledger } from '../../src/redis/streams/acknowledger.js';
import { type RedisClient, RedisClients } from '../../src/redis/connection/redis-clients.js';
import { afterNextPoll, deferToTickEnd } from '../../src/runtime/tick-batching.js';

const TARGET = { host: '', port: 0, db: 0, tls: false, sentinels: [], clusterNodes: [] } as const;

/** What the client writes, chunk by chunk, on its way to the test server. */
class Wire {
  readonly chunks: string[] = [];

  constructor(private readonly onChunk: (chunk: string) => void = () => undefined) {}

  readonly #folder = mkdtempSync(join(tmpdir(), 'permit-gate-wire-'));
  readonly socketPath = join(this.#folder, 'wire.sock');
  readonly #server = createServer((client) => {
    const server = connect(inject('redisSocket'));
    client.on('data', (chunk) => {
      this.chunks.push(chunk.toString());
      this.onChunk(chunk.toString());
    });
    client.pipe(server).pipe(client);
    client.on('close', () => server.destroy());
  });

  open(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(this.socketPath, resolve));
  }

  async close(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

describe('the end of a tick of the event loop', () => {
  it('comes after all input of the tick; writes go before reads, reads before reports, and callers that waited a whole tick come last', async () => {
    const order: string[] = [];
    const waited = afterNextPoll().then(() => order.push('waited one turn'));
    await new Promise<void>((turned) => deferToTickEnd('reads', turned));
    const late = afterNextPoll().then(() => order.push('waited another'));
    deferToTickEnd('reports', () => order.push('report'));
    deferToTickEnd('reads', () => order.push('read'));
    deferToTickEnd('writes', () => order.push('write'));
    deferToTickEnd('reads', () => order.push('second read'));
    expect(order).toEqual([]);
    await Promise.all([waited, late]);
    expect(order).toEqual(['write', 'read', 'second read', 'report', 'waited one turn', 'waited another']);
  });

  it('of a command connection comes before that of a reading connection, whichever got its command first', async () => {
    const chunks: string[] = [];
    const wires = await Promise.all(
      (['blocking', 'commands'] as const).map(async (duty) => {
        const wire = new Wire((chunk) =>
          chunks.push(`${duty} ${/get (\w+)/i.exec(chunk.replaceAll(/\r\n\$\d+\r\n/g, ' '))?.[1] ?? chunk}`),
        );
        await wire.open();
        const clients = new RedisClients({ ...TARGET, url: `unix://${wire.socketPath}` });
        const client = clients.open(duty, duty);
        await client.connect();
        await client.ping();
        return { wire, clients, client };
      }),
    );
    chunks.length = 0;
    await Promise.all(wires.map(({ client }) => client.get('asked')));
    expect(chunks).toEqual(['commands asked', 'blocking asked']);
    for (const { wire, clients } of wires) {
      clients.closeAll();
      await wire.close();
    }
  });
});

describe('work of one tick of the event loop', () => {
  let wire: Wire;
  const stream = `turns:${randomUUID()}`;
  let clients: RedisClients;
  let client: RedisClient;

  beforeEach(async () => {
    wire = new Wire();
    await wire.open();
    clients = new RedisClients({ ...TARGET, url: `unix://${wire.socketPath}` });
    client = clients.open('turns', 'commands');
    await client.connect();
    await client.ping();
    wire.chunks.length = 0;
  });

  afterEach(async () => {
    await client.del(stream);
    clients.closeAll();
    await wire.close();
  });

  it('leaves in one write, in order, and each command has its own outcome', async () => {
    const { stream: socket } = client as Redis;
    const asked = [client.set(stream, 'text'), client.incr(stream), client.append(stream, '!'), client.get(stream)];
    expect(socket.writableCorked).toBe(1);
    const outcomes = await Promise.allSettled(asked);
    expect(socket.writableCorked).toBe(0);
    expect(outcomes.map((each) => (each.status === 'fulfilled' ? each.value : String(each.reason)))).toEqual([
      'OK',
      expect.stringContaining('not an integer'),
      5,
      'text!',
    ]);
    expect(wire.chunks).toHaveLength(1);
  });

  it('is acknowledged by one command, every entry of it', async () => {
    await client.xgroup('CREATE', stream, 'group', '0', 'MKSTREAM');
    const ids = await Promise.all(
      Array.from({ length: 5 }, (_, index) => client.xadd(stream, '*', 'n', String(index))),
    );
    await client.xreadgroup('GROUP', 'group', 'consumer', 'STREAMS', stream, '>');
    wire.chunks.length = 0;
    const acknowledger = new Acknowledger(client, stream, 'group');
    await Promise.all(ids.map((id) => acknowledger.add(id ?? '')));
    expect(wire.chunks.join('').match(/xack/gi)).toHaveLength(1);
    expect((await client.xpending(stream, 'group'))[0]).toBe(0);
  });
});
