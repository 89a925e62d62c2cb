import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { ApiClient } from '../../src/cli/api/client.js';
import { followEvents } from '../../src/cli/api/event-stream.js';
import { eventText } from '../../src/cli/api/events.js';
import { terminalText } from '../../src/cli/terminal.js';
import { eventually } from '../harness/eventually.js';
import { freePort } from '../harness/ports.js';
import { TcpProxy } from '../harness/tcp-proxy.js';
import { OpsApp, TOKENS } from './ops-support.js';

let ops: OpsApp;
let link: TcpProxy;
beforeAll(async () => {
  ops = await OpsApp.start({ socket: inject('redisSocket') });
  link = await TcpProxy.open(Number(new URL(ops.url).port));
});
afterAll(async () => {
  await link.close();
  await ops.close();
});

const addPlan = (planId: string) =>
  ops.redis.xadd(
    ops.keys.planStream(),
    '*',
    'plan_id',
    planId,
    'symbol',
    'BTCUSDT',
    'attempt',
    '1',
    'action',
    'HOLD',
    'decision',
    'SKIP',
  );

it('ends after the last events, and prints each on one line', async () => {
  for (const planId of ['a', 'b', 'c']) await addPlan(planId);
  const lines: string[] = [];
  const onEvent = (event: Parameters<typeof eventText>[0]): number => lines.push(terminalText(eventText(event)));
  const query = { last: 2 };
  await followEvents(ApiClient.at(ops.url, TOKENS.viewer), {
    query,
    follow: false,
    onEvent,
    onNotice: () => undefined,
  });
  expect(lines).toEqual(
    ['b', 'c'].map(
      (planId) =>
        expect.stringMatching(
          new RegExp(`^\\d\\d:\\d\\d:\\d\\d\\.\\d{3} plan\\.published BTCUSDT ${planId}#1 HOLD SKIP\\n$`),
        ) as string,
    ),
  );
});

it('follows over a connection that is lost, says so, and misses nothing', async () => {
  const seen: unknown[] = [];
  const notices: string[] = [];
  const ended = new AbortController();
  const following = followEvents(ApiClient.at(`http://127.0.0.1:${link.port}`, TOKENS.viewer), {
    query: { last: 0, type: ['plan.published'] },
    follow: true,
    onEvent: (event) => seen.push('plan_id' in event ? event.plan_id : undefined),
    onNotice: (text) => notices.push(text),
    signal: ended.signal,
  });
  await sleep(500);
  await addPlan('before');
  await eventually(() => seen.includes('before'));
  link.set('cut');
  await addPlan('meanwhile');
  await eventually(() => notices.length > 0);
  link.set('pass');
  await addPlan('after');
  await eventually(() => seen.includes('after'));
  ended.abort();
  await following;
  expect(seen).toEqual(['before', 'meanwhile', 'after']);
  expect(notices[0]).toMatch(/^The events were interrupted \(.*\); going on after the last one\.$/);
});

it('fails where nobody answers, and where the token is refused', async () => {
  const options = { query: {}, follow: true, onEvent: () => undefined, onNotice: () => undefined };
  const nobody = `http://127.0.0.1:${await freePort()}`;
  await expect(followEvents(ApiClient.at(nobody, TOKENS.viewer), options)).rejects.toMatchObject({ exitCode: 69 });
  await expect(followEvents(ApiClient.at(ops.url, 'wrong'), options)).rejects.toMatchObject({ exitCode: 78 });
});
