import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from './fault.js';
import { loadEnvironment } from './load-environment.js';

const CONFIG_DIR = fileURLToPath(new URL('../../config', import.meta.url));
const faults = (source: Readonly<Record<string, string>>): string => {
  const loaded = loadEnvironment({ CONFIG_DIR, INSTANCE_ID: 'a', ...source });
  return 'faults' in loaded ? new ConfigurationError(loaded.faults).message : '';
};

describe('the variables of messages', () => {
  it.each<[string, Record<string, string>, RegExp]>([
    ['a token without a chat', { NOTIFY_TELEGRAM_TOKEN: `1:${'a'.repeat(30)}` }, /NOTIFY_TELEGRAM_CHAT/],
    ['a webhook without a key', { NOTIFY_WEBHOOK_URL: 'https://a.example/x' }, /NOTIFY_WEBHOOK_SECRET/],
    [
      'a mail server without addresses',
      { NOTIFY_SMTP_URL: 'smtps://a.example' },
      /NOTIFY_EMAIL_FROM[^]*NOTIFY_EMAIL_TO/,
    ],
    ['a plain address elsewhere', { NOTIFY_SLACK_URL: 'http://a.example/x' }, /NOTIFY_SLACK_URL[^]*https:/],
    ['a mistyped name', { NOTIFY_SLAK_URL: 'https://a.example/s3cret' }, /Did you mean NOTIFY_SLACK_URL/],
    ['a wrong zone', { NOTIFY_QUIET_HOURS: '22:00-07:00 Mars' }, /NOTIFY_QUIET_HOURS/],
  ])('%s is a fault that names what to do and no secret', (_, source, expected) => {
    expect(faults(source)).toMatch(expected);
    expect(faults(source)).not.toMatch(/s3cret|a\.example\/x/);
  });

  it.each([
    { NOTIFY_SLACK_URL: 'http://127.0.0.1:9/x' },
    { NOTIFY_PING_URL: 'https://hc.example/x', NOTIFY_QUIET_HOURS: '22:00-07:00 Europe/Berlin' },
    // systemd sets it for its services.
    { NOTIFY_SOCKET: '/run/systemd/notify' },
  ])('%j is in order', (source) => expect(faults(source as Record<string, string>)).toBe(''));
});
