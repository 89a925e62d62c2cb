import { mailAddresses, messageUrl, quietHours, smtpUrl } from './value-parsers/notify.js';
import { seconds, whole } from './value-parsers/numbers.js';
import { secret, text } from './value-parsers/words.js';
import { NONE, section, variable } from './variable.js';

export const NOTIFY_SECTION = section(
  'Messages',
  'Channels to people ([how to set them up](notifications.md)). Without one of them nothing is sent.',
  {
    NOTIFY_TELEGRAM_TOKEN: variable(
      secret(/^\d{1,20}:[\w-]{20,128}$/, 'the token of a bot as BotFather gives it: digits, a colon, letters'),
      NONE,
      'The token of the Telegram bot that writes.',
    ),
    NOTIFY_TELEGRAM_CHAT: variable(
      text(/^(-?\d{1,20}|@\w{3,64})$/, 'the number of a chat, negative for a group, or @name of a channel'),
      NONE,
      'The chat it writes to.',
    ),
    NOTIFY_TELEGRAM_URL: variable(messageUrl(), NONE, 'Another base than `https://api.telegram.org`.'),
    NOTIFY_SLACK_URL: variable(
      messageUrl(),
      NONE,
      'An incoming webhook of Slack, Mattermost, or another that takes `{"text"}`.',
    ),
    NOTIFY_WEBHOOK_URL: variable(messageUrl(), NONE, 'Takes each message as signed JSON.'),
    NOTIFY_WEBHOOK_SECRET: variable(
      secret(/^[\x21-\x7e]{16,256}$/, '16 to 256 visible ASCII characters without blanks'),
      NONE,
      'The key of that signature.',
    ),
    NOTIFY_SMTP_URL: variable(smtpUrl(), NONE, 'The server that takes e-mail.'),
    NOTIFY_EMAIL_FROM: variable(mailAddresses(), NONE, 'The sender of e-mail.'),
    NOTIFY_EMAIL_TO: variable(mailAddresses(), NONE, 'Who gets it.'),
    NOTIFY_PING_URL: variable(
      messageUrl(),
      NONE,
      'Called every minute while nothing critical holds, and with `/fail` behind its path while something does: whoever waits for it notices when everything is silent.',
    ),
    NOTIFY_EVERY_SEC: variable(
      seconds(0.1, 3600),
      15,
      'One message per channel in this time at most. After a quiet time the first one leaves at once.',
    ),
    NOTIFY_NO_PLAN_MIN: variable(
      whole(1, 1440, 'minutes'),
      10,
      'For how long a standing proposal may ask for something and get no plan before it is told.',
    ),
    NOTIFY_REMIND_MIN: variable(
      whole(0, 1440, 'minutes'),
      60,
      'How often a critical condition that lasts is told again, also in quiet hours; `0` = never.',
    ),
    NOTIFY_QUIET_HOURS: variable(
      quietHours(),
      NONE,
      'When only what is critical is told; the rest follows afterwards.',
    ),
  },
);
