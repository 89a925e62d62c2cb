import { createHmac } from 'node:crypto';
import { hostname } from 'node:os';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Redaction } from '../../src/flow/0-outside-text.js';
import type { Undelivered } from '../../src/ops/notify/channels/channel.js';
import { email } from '../../src/ops/notify/channels/email.js';
import { slack } from '../../src/ops/notify/channels/slack.js';
import { telegram } from '../../src/ops/notify/channels/telegram.js';
import { webhook } from '../../src/ops/notify/channels/webhook.js';
import { type Message, messageOf } from '../../src/ops/notify/message.js';
import { MailServer, MessageServer, SLACK_OK, TELEGRAM_OK, telegramBusy } from '../harness/message-servers.js';

const TOKEN = '123456:AAAAbbbbCCCCddddEEEEffff';
const message = (text = 'BTCUSDT is on hold'): Message =>
  messageOf(
    [
      {
        kind: 'new',
        key: 'hold:BTCUSDT',
        reason: 'hold',
        severity: 'critical',
        symbol: 'BTCUSDT',
        text,
        sinceMs: 5,
        remedy: 'permit-gate why BTCUSDT',
      },
    ],
    'testnet quantum',
    new Redaction([]),
  );
const soon = (ms = 2_000): AbortSignal => AbortSignal.timeout(ms);
const failure = (sent: Promise<void>): Promise<Undelivered> =>
  sent.then(
    () => Promise.reject(new Error('it was delivered')),
    (error: unknown) => error as Undelivered,
  );

let server: MessageServer;
beforeAll(async () => void (server = await MessageServer.start(SLACK_OK)));
beforeEach(() => void server.taken.splice(0));
afterAll(() => server.close());

const CHANNELS = {
  telegram: () => telegram({ token: TOKEN, chat: '-42', base: server.url }),
  slack: () => slack(`${server.url}/services/T0/B0/secret`),
  webhook: () => webhook({ url: `${server.url}/hook`, secret: 'a key of the webhook' }),
};

describe.each(Object.keys(CHANNELS) as (keyof typeof CHANNELS)[])('%s', (name) => {
  const channel = (): ReturnType<(typeof CHANNELS)['slack']> => CHANNELS[name]();

  it('fails with the status of a server that is out of order', async () => {
    server.behaviour = { status: 503, body: 'out of\norder' };
    expect((await failure(channel().send(message(), soon()))).message).toBe('status 503 (out of order)');
  });

  it('waits as long as it is told by Retry-After', async () => {
    server.behaviour = { status: 429, headers: { 'retry-after': '7' } };
    expect(await failure(channel().send(message(), soon()))).toMatchObject({ retryAfterMs: 7_000 });
  });

  it('does not follow a redirect', async () => {
    server.behaviour = { status: 307, headers: { location: `${server.url}/other` } };
    expect((await failure(channel().send(message(), soon()))).message).toBe('status 307');
    expect(server.taken).toHaveLength(1);
  });

  it.each([
    ['reset', /ECONNRESET|UND_ERR_SOCKET/],
    ['hang', /^no answer in time$/],
  ] as const)('fails when the connection is %s, without its address', async (behaviour, expected) => {
    server.behaviour = behaviour;
    const { message: why } = await failure(channel().send(message(), soon(200)));
    expect(why).toMatch(expected);
    expect(why).not.toMatch(/AAAA|secret|127\.0\.0\.1/);
  });

  it('fails when nobody listens', async () => {
    const gone = await MessageServer.start(SLACK_OK);
    const base = gone.url;
    await gone.close();
    const { message: why } = await failure(telegram({ token: TOKEN, chat: '1', base }).send(message(), soon()));
    expect(why).toMatch(/ECONNREFUSED/);
    expect(why).not.toContain('AAAA');
  });
});

it('Telegram takes plain text, in which nothing is a mention or a command', async () => {
  server.behaviour = TELEGRAM_OK;
  await CHANNELS.telegram().send(message('*bold* <b> @all_of_you /start'), soon());
  const [{ path, body } = { path: '', body: '' }] = server.taken;
  expect(path).toBe(`/bot${TOKEN}/sendMessage`);
  const sent = JSON.parse(body) as Record<string, unknown>;
  expect(sent).toMatchObject({ chat_id: '-42', disable_notification: false });
  expect(sent).not.toHaveProperty('parse_mode');
  expect(sent['text']).toContain('*bold* <b> @\u2060all_of_you /\u2060start');
});

it('Telegram says in its answer how long to wait, and that it did not take a message', async () => {
  server.behaviour = telegramBusy(33);
  expect(await failure(CHANNELS.telegram().send(message(), soon()))).toMatchObject({ retryAfterMs: 33_000 });
  server.behaviour = { status: 200, body: '{"ok":false,"description":"chat not found"}' };
  expect((await failure(CHANNELS.telegram().send(message(), soon()))).message).toContain('chat not found');
  server.behaviour = { status: 200, body: '<html>' };
  expect((await failure(CHANNELS.telegram().send(message(), soon()))).message).toContain('not one of Telegram');
});

it('Slack gets a block of code, which no text of others can leave', async () => {
  server.behaviour = SLACK_OK;
  await CHANNELS.slack().send(message('``` <!channel> & <https://evil|x>'), soon());
  const [text = ''] = server.texts();
  expect(text.split('```')).toHaveLength(3);
  expect(text).toContain("''' &lt;!channel&gt; &amp; &lt;https://evil|x&gt;");
});

it('a webhook is signed over its time and its body', async () => {
  server.behaviour = { status: 204 };
  const sent = message();
  await CHANNELS.webhook().send(sent, soon());
  const [taken] = server.taken;
  if (taken === undefined) throw new Error('nothing was sent');
  const { headers, body } = taken;
  const timestamp = String(headers['x-permit-gate-timestamp']);
  const expected = createHmac('sha256', 'a key of the webhook').update(`${timestamp}.${body}`).digest('hex');
  expect(headers['x-permit-gate-signature']).toBe(`v1=${expected}`);
  expect(headers['idempotency-key']).toBe(sent.id);
  expect(Math.abs(Number(timestamp) * 1000 - Date.now())).toBeLessThan(5_000);
  expect(JSON.parse(body)).toMatchObject({
    version: 1,
    id: sent.id,
    critical: true,
    test: false,
    lines: [
      { kind: 'new', reason: 'hold', severity: 'critical', symbol: 'BTCUSDT', since_ms: 5, runbook: 'SymbolOnHold' },
    ],
    more: 0,
  });
});

describe('e-mail', () => {
  const settings = (url: string) => ({ url, from: 'gate@example.com', to: ['a@example.com', 'b@example.com'] });

  it('is plain text to each recipient, after a login on loopback', async () => {
    const mail = await MailServer.start();
    await email(settings(`smtp://user:pa%40ss@127.0.0.1:${mail.port}`)).send(message('<b>held</b>'), soon(5_000));
    await mail.close();
    expect(mail.mails).toHaveLength(1);
    expect(mail.mails[0]?.to).toHaveLength(2);
    expect(mail.mails[0]?.data).toMatch(/^Subject: permit-gate testnet quantum: 1 critical$/m);
    expect(mail.mails[0]?.data).toMatch(/^Content-Type: text\/plain/m);
    expect(mail.mails[0]?.data).toContain('<b>held</b>');
    expect(mail.commands.some((line) => line.startsWith('AUTH'))).toBe(true);
  });

  it('goes to no other machine without TLS, and its password neither', async () => {
    const mail = await MailServer.start('0.0.0.0');
    const { message: why } = await failure(
      email(settings(`smtp://user:password@${hostname()}:${mail.port}`)).send(message(), soon(5_000)),
    );
    await mail.close();
    expect(why).toMatch(/STARTTLS/);
    expect(mail.commands.filter((line) => !/^(EHLO|STARTTLS|QUIT)/.test(line))).toEqual([]);
  });

  it('fails when the server refuses every recipient, or does not answer', async () => {
    const mail = await MailServer.start();
    mail.recipient = '550 5.1.1 no such user';
    const to = email(settings(`smtp://127.0.0.1:${mail.port}`));
    expect((await failure(to.send(message(), soon(5_000)))).message).toMatch(/550/);
    await mail.close();
    server.behaviour = 'hang';
    const silent = email(settings(server.url.replace('http', 'smtp')));
    expect((await failure(silent.send(message(), soon(200)))).message).toBe('no answer in time');
  });
});
