import { TLSSocket } from 'node:tls';
import type { RedisClient } from './redis-clients.js';
import { primariesOf } from './slot-owner.js';

/** When the first certificate of the servers that this client is connected to expires, epoch ms; `undefined` without TLS. */
export function certificateExpiryMs(client: RedisClient): number | undefined {
  const expiries = primariesOf(client).flatMap(({ stream }) => {
    if (!(stream instanceof TLSSocket)) return [];
    // A resumed session has no certificate.
    const until = Date.parse(stream.getPeerCertificate().valid_to ?? '');
    return Number.isFinite(until) ? [until] : [];
  });
  return expiries.length === 0 ? undefined : Math.min(...expiries);
}
