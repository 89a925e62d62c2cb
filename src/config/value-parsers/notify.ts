import { isLoopbackHost } from '../exchange-base.js';
import { quietHoursIn } from '../quiet-hours.js';
import { commaSeparated } from './words.js';
import { satisfies, type ValueParser } from './value-parser.js';

const MAIL_ADDRESS = /^[^\s@<>,;"\p{C}]{1,64}@[A-Za-z0-9.-]{1,255}$/u;
const ENCRYPTED: Readonly<Record<string, true>> = { 'https:': true, 'smtps:': true };

/** Whether text leaves this machine encrypted only. `smtp:` begins in plain text, and must then change to TLS. */
function isSafe(text: string, protocols: readonly string[]): boolean {
  if (!/^[a-z]+:\/\/[^\s\\\p{C}]+$/iu.test(text) || !URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  if (!protocols.includes(protocol)) return false;
  return ENCRYPTED[protocol] === true || protocol === 'smtp:' || isLoopbackHost(hostname);
}

/** An address that messages are sent to. It usually holds a secret in its path. */
export function messageUrl(): ValueParser<string> {
  return {
    parse: (text) => text,
    checks: [
      satisfies(
        (url: string) => isSafe(url, ['https:', 'http:']) && new URL(url).username === '' && !url.includes('#'),
      ),
    ],
    allowed: 'https://…, or http://… for a loopback host; without a login in it',
    secret: true,
  };
}

export function smtpUrl(): ValueParser<string> {
  return {
    parse: (text) => text,
    checks: [satisfies((url: string) => isSafe(url, ['smtp:', 'smtps:']) && new URL(url).hostname !== '')],
    allowed:
      'smtps://user:password@host[:465], or smtp://user:password@host[:587], which changes to TLS before the login',
    secret: true,
  };
}

export function mailAddresses(): ValueParser<string[]> {
  return {
    parse: commaSeparated,
    checks: [
      satisfies((address: string) => MAIL_ADDRESS.test(address), true),
      satisfies((all: string[]) => all.length > 0),
    ],
    allowed: 'one or more addresses such as ops@example.com, comma separated',
  };
}

/** Kept as its text: `quietHoursIn` reads it. */
export function quietHours(): ValueParser<string> {
  return {
    parse: (text) => text.trim().replaceAll(/\s+/g, ' '),
    checks: [satisfies((text: string) => quietHoursIn(text) !== undefined)],
    allowed: 'HH:MM-HH:MM and the name of a time zone, such as 22:00-07:00 Europe/Berlin; without a zone UTC',
  };
}
