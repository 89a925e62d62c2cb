import { createHmac } from 'node:crypto';
import { CONDITIONS } from '../catalogue.js';
import { type Message, textOf } from '../message.js';
import type { Channel } from './channel.js';
import { demandSuccess, postJson } from './http-call.js';

/** `v1=` and the hex HMAC-SHA256 of the timestamp, a dot and the body; docs/notifications.md shows how to verify it. */
function signatureOf(secret: string, timestamp: string, body: string): string {
  return `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}

export function webhook({ url, secret }: { readonly url: string; readonly secret: string }): Channel {
  return {
    name: 'webhook',
    async send(message: Message, signal: AbortSignal): Promise<void> {
      const timestamp = String(Math.floor(Date.now() / 1000));
      const body = bodyOf(message);
      const headers = {
        'x-permit-gate-timestamp': timestamp,
        'x-permit-gate-signature': signatureOf(secret, timestamp, body),
        'idempotency-key': message.id,
      };
      demandSuccess(await postJson(url, body, signal, headers));
    },
  };
}

function bodyOf(message: Message): string {
  const { id, deployment, title, isCritical, isTest, lines, more } = message;
  return JSON.stringify({
    version: 1,
    id,
    deployment,
    title,
    critical: isCritical,
    test: isTest,
    text: textOf(message),
    lines: lines.map(({ kind, key, reason, severity, symbol, text, sinceMs, remedy }) => ({
      kind,
      key,
      reason,
      severity,
      symbol: symbol ?? null,
      text,
      since_ms: sinceMs ?? null,
      remedy: remedy ?? null,
      runbook: CONDITIONS[reason].runbook ?? null,
    })),
    more,
  });
}
