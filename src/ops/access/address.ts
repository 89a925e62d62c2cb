import { isIPv6 } from 'node:net';
import type { Request } from 'express';

/** Where a call comes from: the address of the peer; headers that name another address are ignored. */
export function addressOf(request: Request): string {
  const address = request.socket.remoteAddress ?? 'unknown';
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
}

/** Addresses that one principal can have many of count as one: an IPv6 host has a whole /64. */
export function addressGroup(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const left = head.split(':').filter((part) => part !== '');
  const right = tail?.split(':').filter((part) => part !== '') ?? [];
  const gap = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  return `${[...left, ...gap, ...right].slice(0, 4).join(':')}::/64`;
}
