import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NotifySettings } from '../../src/ops/notify/notify-settings.js';
import { ControlStore } from '../../src/redis/stores/control-store.js';
import { LeaseKeeper } from '../../src/redis/stores/lease-keeper.js';
import { NotifyStore } from '../../src/redis/stores/notify-store.js';
import { eventually } from '../harness/eventually.js';
import { MessageServer, SLACK_OK } from '../harness/message-servers.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';

const TOKEN = '123456:AAAAbbbbCCCCddddEEEEffff';

let testEnv: TestEnvironment;
let chat: MessageServer;
let dead: MessageServer;
let gate: Gate;

beforeAll(async () => {
  testEnv = await TestEnvironment.create();
  [chat, dead] = [await MessageServer.start(SLACK_OK), await MessageServer.start({ status: 500 })];
  gate = await start();
});
afterAll(async () => {
  await testEnv.close();
  await Promise.all([chat.close(), dead.close()]);
});

async function start(): Promise<Gate> {
  const started = await testEnv.gate({
    http: true,
    rights: ['operator'],
    env: {
      NOTIFY_SLACK_URL: chat.url,
      NOTIFY_TELEGRAM_URL: dead.url,
      NOTIFY_TELEGRAM_TOKEN: TOKEN,
      NOTIFY_TELEGRAM_CHAT: '1',
      NOTIFY_PING_URL: `${chat.url}/ping`,
      NOTIFY_EVERY_SEC: '0.5',
    },
  });
  Object.assign(started.app.get(NotifySettings, { strict: false }), { leaderMs: 100, lookMs: 200 });
  return started;
}

const kill = (engaged: boolean, by: string): Promise<unknown> =>
  gate.app
    .get(ControlStore, { strict: false })
    .setKillSwitch({ engaged, by, reason: 'wrong <prices>', at_ms: Date.now() });
const messages = (): string[] => chat.taken.filter(({ method }) => method === 'POST').map(({ body }) => body);
const pings = (): string[] => chat.taken.filter(({ method }) => method === 'GET').map(({ path }) => path);
const told = (count: number): Promise<string> => eventually(() => messages()[count - 1], 8_000, messages);

it('tells at once, pings while all is well and says when it is not', async () => {
  await eventually(() => pings().includes('/ping'), 8_000, pings);
  await kill(true, 'alice');
  expect(await told(1)).toMatch(
    /CRITICAL: The kill switch is engaged by alice since .*: wrong &lt;prices&gt;\. &gt; permit-gate release/,
  );
  await eventually(() => pings().includes('/ping/fail'), 8_000, pings);
  // Stored only after the channel has accepted the message: a process that ends before tells it again.
  await eventually(async () =>
    /kill_switch_engaged/.test((await testEnv.redis.hget(testEnv.keys.notifyTold(), 'slack')) ?? ''),
  );
});

it('after a restart tells nothing twice, and what is over once', async () => {
  await gate.stop();
  // By itself the lease would end after 10 s.
  await eventually(async () => (await testEnv.redis.exists(testEnv.keys.notifyLeader())) === 0 || undefined, 2_000);
  gate = await start();
  await eventually(() => gate.messages().includes('this process sends the messages to people'), 8_000);
  await kill(false, 'bob');
  expect(await told(2)).toMatch(
    /resolved: The kill switch was released by bob .* It was: The kill switch is engaged by alice/,
  );
  expect(messages()).toHaveLength(2);
});

it('makes a handful of messages of a thousand events in a second', async () => {
  // As in production: a look for each event, and not while pages of events are still to be read.
  gate.app.get(NotifySettings, { strict: false }).lookMs = new NotifySettings().lookMs;
  // The next look without an event is far away then.
  await sleep(400);
  const before = messages().length;
  const all = testEnv.redis.multi();
  for (let at = 0; at < 1_000; at += 1) {
    const event = at % 2 === 0 ? 'KILL_SWITCH_ENGAGED' : 'KILL_SWITCH_RELEASED';
    all.xadd(testEnv.keys.governorEvents(), '*', 'event', event, 'reason', 'a storm', 'context', '{"actor":"eve"}');
  }
  await all.exec();
  const changes = (): number =>
    messages()
      .slice(before)
      .flatMap((body) => [...body.matchAll(/\((\d+) changes/g)])
      .reduce((sum, [, count]) => sum + Number(count), 0);
  await eventually(
    () => changes() >= 990,
    10_000,
    () => messages().slice(before),
  );
  const { length } = messages();
  await sleep(700);
  expect(messages()).toHaveLength(length);
  expect(length - before).toBeLessThanOrEqual(5);
});

it('keeps the least time between two messages while things happen all the time', async () => {
  const posts = () => chat.taken.filter(({ method }) => method === 'POST');
  const before = posts().length;
  for (let at = 0; at < 25 || posts().length < before + 2; at += 1) {
    const event = at % 2 === 0 ? 'KILL_SWITCH_ENGAGED' : 'KILL_SWITCH_RELEASED';
    const fields = ['event', event, 'reason', 'now and then', 'context', '{"actor":"eve"}'];
    await testEnv.redis.xadd(testEnv.keys.governorEvents(), '*', ...fields);
    await sleep(100);
  }
  const times = posts()
    .slice(before)
    .map(({ atMs }) => atMs);
  const pauses = times.slice(1).map((atMs, at) => atMs - (times[at] ?? 0));
  expect(pauses.length).toBeGreaterThan(0);
  // NOTIFY_EVERY_SEC, less what one request may take longer than the next.
  expect(Math.min(...pauses)).toBeGreaterThan(400);
});

it('is slowed by no channel that takes nothing, which is visible and makes no process unready', async () => {
  const metrics = await gate.metrics();
  expect(metrics).toContain('notify_channel_up{channel="telegram"} 0');
  expect(metrics).toContain('notify_channel_up{channel="slack"} 1');
  // It is tried again after 5 s, 10 s and so on, by each of the two processes.
  expect(dead.taken.length).toBeLessThanOrEqual(8);
  const answer = await fetch(`${gate.url}/health/ready`);
  expect({ status: answer.status, body: await answer.text() }).toMatchObject({
    status: 200,
    body: expect.stringContaining('status 500') as string,
  });
  expect(JSON.stringify(gate.logs)).not.toContain(TOKEN.slice(8));
});

it('is done by one process, and another takes over with what was told', async () => {
  const other = await testEnv.gate({ roles: 'governor' });
  const store = other.app.get(NotifyStore, { strict: false });
  const { instanceId } = gate.app.get(LeaseKeeper, { strict: false })['environment'] as { instanceId: string };
  expect(await store.lead(undefined)).toEqual({ kind: 'other', by: instanceId });
  expect(await store.store('slack', '{}')).toBe(false);
  await gate.stop();
  const leading = await store.lead(undefined);
  expect(leading).toMatchObject({ kind: 'taken', told: { slack: expect.stringContaining('"cursor"') as string } });
  expect(await store.store('slack', '{"version":1}')).toBe(true);
  const lastId = leading.kind === 'taken' ? leading.lastId : '';
  expect(await store.lead(lastId)).toMatchObject({ kind: 'kept', entries: [], isComplete: true });
  await store.giveUp();
});
