import { isLoopbackHost } from '../../../config/exchange-base.js';
import { type Message, textOf } from '../message.js';
import { type Channel, Undelivered } from './channel.js';

export interface EmailSettings {
  readonly url: string;
  readonly from: string;
  readonly to: readonly string[];
}

const TIMEOUT_MS = 10_000;

/** By SMTP with TLS: from the first byte (`smtps:`) or by STARTTLS before the login, which only a loopback server may lack. */
export function email({ url, from, to }: EmailSettings): Channel {
  const { protocol, hostname, port, username, password } = new URL(url);
  const isTls = protocol === 'smtps:';
  const host = hostname.replaceAll(/[[\]]/g, '');
  const options = {
    host,
    port: port === '' ? (isTls ? 465 : 587) : Number(port),
    secure: isTls,
    requireTLS: !isTls && !isLoopbackHost(hostname),
    ...(username === '' ? {} : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    tls: { minVersion: 'TLSv1.2' as const },
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
  return {
    name: 'email',
    async send(message: Message, signal: AbortSignal): Promise<void> {
      // Loaded with the first message: most processes never send one.
      const { createTransport } = await import('nodemailer');
      const transport = createTransport(options);
      const cut = (): void => transport.close();
      signal.addEventListener('abort', cut);
      try {
        await Promise.race([
          transport.sendMail({
            from,
            to: [...to],
            subject: message.title,
            text: textOf(message),
            messageId: `<${message.id}.${Date.now()}@permit-gate>`,
            headers: { 'Auto-Submitted': 'auto-generated', ...(message.isCritical ? { Importance: 'high' } : {}) },
          }),
          aborted(signal),
        ]);
      } catch (error) {
        if (error instanceof Undelivered) throw error;
        throw new Undelivered(error instanceof Error ? error.message : String(error), undefined, { cause: error });
      } finally {
        signal.removeEventListener('abort', cut);
        transport.close();
      }
    },
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const late = (): void => reject(new Undelivered('no answer in time'));
    if (signal.aborted) late();
    else signal.addEventListener('abort', late, { once: true });
  });
}
