import { CONDITIONS, MOMENTS } from '../../src/ops/notify/catalogue.js';
import { generatedFrom, table } from './table.js';

/** The text of `docs/notifications.md`; what is told is from the closed sets. */
export function renderNotificationsPage(): string {
  return `# Messages to people

${generatedFrom('scripts/docs/notifications.ts and src/ops/notify/catalogue.ts')}

permit-gate sends a message when something needs a person: what it is, since when, and the one command that helps. It is off until a
channel is set. Set the same \`NOTIFY_\` variables for every process: one of them sends, by a lease in Redis, and another takes over within
10 s when it is gone. Every secret can come from a file (\`NOTIFY_SLACK_URL_FILE\`). [All variables](configuration.md#messages).

\`\`\`console
$ permit-gate notify test
\`\`\`

sends a test message by each channel of the environment, and exits 1 if one was not taken.

## Telegram

1. Write \`/newbot\` to @BotFather, and put the token it gives you into a file.
2. Write a message to your bot, or add it to your group. \`https://api.telegram.org/bot<token>/getUpdates\` shows the number of the chat.
3. \`NOTIFY_TELEGRAM_TOKEN_FILE=/path\` and \`NOTIFY_TELEGRAM_CHAT=-1001234567890\`.

## Slack, Mattermost and others that take \`{"text"}\`

1. Slack: *Apps*, *Incoming Webhooks*, *Add to Slack*, choose a channel. Mattermost: *Integrations*, *Incoming Webhooks*.
2. Put the address into a file. Whoever has it may write to your channel.
3. \`NOTIFY_SLACK_URL_FILE=/path\`.

## E-mail

1. \`NOTIFY_SMTP_URL_FILE=/path\` with \`smtps://user:password@mail.example.com:465\`. With \`smtp://…:587\` TLS begins before the login.
2. \`NOTIFY_EMAIL_FROM=gate@example.com\`.
3. \`NOTIFY_EMAIL_TO=alice@example.com,bob@example.com\`.

A character such as \`@\` in user or password is written \`%40\`.

## Dead-man's ping

1. Make a check at healthchecks.io, or at your own, with a period of one minute and a grace of a few.
2. \`NOTIFY_PING_URL_FILE=/path\` with its address.
3. It is called every minute while nothing critical holds, and with \`/fail\` behind its path when something does, or when another channel
   has taken nothing for five minutes. When every process or the whole host is gone, nobody calls it, and the check calls you.

## Signed webhook

1. \`NOTIFY_WEBHOOK_URL_FILE=/path\` with the address that takes \`POST\` requests.
2. \`NOTIFY_WEBHOOK_SECRET_FILE=/path\` with a key, for example from \`openssl rand -hex 32\`.
3. Verify each request before you use it. The signature is over the timestamp, a dot and the body as it came:

\`\`\`js
import { createHmac, timingSafeEqual } from 'node:crypto';

function isGenuine(headers, body, secret) {
  const timestamp = headers['x-permit-gate-timestamp'];
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) <= 300)) return false;
  const expected = 'v1=' + createHmac('sha256', secret).update(\`\${timestamp}.\${body}\`).digest('hex');
  const given = headers['x-permit-gate-signature'] ?? '';
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}
\`\`\`

The body is JSON: \`version\` (1), \`id\`, \`deployment\`, \`title\`, \`critical\`, \`test\`, \`text\` (all of it as text), \`lines\` (each with \`kind\`
(\`new\`, \`resolved\`, \`event\`, \`reminder\`), \`key\`, \`reason\`, \`severity\`, \`symbol\`, \`text\`, \`since_ms\`, \`remedy\`, \`runbook\`) and \`more\`, how many
lines were left out. \`Idempotency-Key\` is the \`id\`: a message that is sent again because its answer was lost has the same one.

## How much is sent

- The present is compared with what the channel was told: what is new is told once, what is over is told once as \`resolved\`, the rest is
  silent. All of it is one message of a dozen lines at most.
- What is critical and lasts is told again every \`NOTIFY_REMIND_MIN\` (60; \`0\` = never), also in quiet hours, until it is over.
- One message per channel in \`NOTIFY_EVERY_SEC\` at most. After a quiet time the first one leaves at once. A thousand events in a second
  make a handful of messages.
- What was told is stored when the channel has accepted it. A restart loses and repeats nothing; a process that is killed between sending
  and storing repeats one message.
- A channel that fails is tried again after 5 s, 10 s and so on up to 5 min, or as long as it asks for (\`Retry-After\`). It slows neither
  the gate nor another channel. The other channels are told, \`notify_channel_up\` is 0, and \`/health/ready\` names it under \`notify\`.
- That Redis is away is said without Redis: by the process that told last after 5 s, by the others only after a minute.
- A process that ends by an error nobody caught sends that before it ends, within 2 s, and once in five minutes at most.

## Quiet hours

\`NOTIFY_QUIET_HOURS=22:00-07:00 Europe/Berlin\`: only what is critical is told then. The rest follows in one message afterwards, if it still
holds. The times are those on the clock of that zone, also in summer.

## What is told

A condition is told when it has lasted, and as over when it has been over for as long.

${table(
  ['reason', 'severity', 'lasted', 'meaning', 'runbook'],
  Object.entries(CONDITIONS).map(([reason, { severity, lastsSec, meaning, runbook }]) => [
    `\`${reason}\``,
    severity,
    lastsSec === 0 ? 'at once' : `${lastsSec} s`,
    meaning,
    runbook === undefined ? '–' : `[${runbook}](runbook/${runbook}.md)`,
  ]),
)}

These changes are told even if they are undone before anybody looks, with who did it and why:

${table(
  ['change', 'severity', 'begins or ends'],
  Object.entries(MOMENTS).map(([change, { severity, of, effect }]) => [
    `\`${change}\``,
    severity,
    effect === 'none' ? '–' : `${effect === 'opens' ? 'begins' : 'ends'} \`${of}\``,
  ]),
)}
`;
}
