import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Response } from 'express';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { CatchUp } from '../../src/ops/events/catch-up.js';
import { EventClient } from '../../src/ops/events/event-client.js';
import { EventReader } from '../../src/ops/events/event-reader.js';
import { FleetView } from '../../src/ops/events/fleet-view.js';
import { EventStreams } from '../../src/redis/streams/event-streams.js';
import { eventually } from '../harness/eventually.js';
import { EventListener } from './events-support.js';
import { OpsApp } from './ops-support.js';

let ops: OpsApp;
let server: Server;
beforeAll(async () => {
  ops = await OpsApp.start({ socket: inject('redisSocket') });
});
afterAll(async () => {
  server.close();
  await ops.close();
});

it('a client that caught up while the reader went on is not level with it: it reads on, and misses nothing', async () => {
  const addPlan = (planId: string) =>
    ops.redis.xadd(ops.keys.planStream(), '*', 'plan_id', planId, 'symbol', 'BTCUSDT', 'decision', 'EXECUTE');
  const { reading, close } = await ops.app.get(EventStreams).open();
  const reader = await EventReader.at(reading, ops.app.get(FleetView), 60_000);
  const place = { positions: await reading.newest(), fleet: reader.fleet.digest };
  let client: EventClient | undefined;
  server = createServer((_request, response) => {
    client = new EventClient(
      response as Response,
      (json) => json,
      { symbols: undefined, types: undefined },
      place,
      () => Promise.resolve(true),
    );
    client.open();
  }).listen(0, '127.0.0.1');
  await eventually(() => server.listening);
  const listener = new EventListener(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const waiting = await eventually(() => client);
  const seen = (): unknown[] => listener.of('plan.published').map(({ data }) => data.plan_id);

  await addPlan('before');
  const read = reading.read.bind(reading);
  // After the page of the client the reader reads another entry, before the client is asked whether it is level.
  reading.read = async (after) => {
    reading.read = read;
    const page = await reading.read(after);
    await addPlan('meanwhile');
    reader.learn(await reader.read());
    return page;
  };
  const catchUp = ops.app.get(CatchUp);
  expect(await catchUp.step(waiting, reader)).toBe(false);
  expect(waiting.isLive).toBe(false);
  expect(await catchUp.step(waiting, reader)).toBe(true);
  expect(waiting.isLive).toBe(true);
  await eventually(() => seen().length === 2);
  expect(seen()).toEqual(['before', 'meanwhile']);
  listener.cut();
  close();
});
