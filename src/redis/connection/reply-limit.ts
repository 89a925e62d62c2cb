import type { Redis } from 'ioredis';
import type { RedisClient } from './redis-clients.js';

/** More than a batch of our own entries needs. Whatever is longer was written by somebody else. */
export const LONGEST_REPLY_BYTES = 8 * 1024 * 1024;

/**
 * Hangs up as soon as a reply is too long, so that no reply can fill the memory of this process. The command then fails as on every lost
 * connection. For connections with one command, or one batch of commands, at a time.
 */
export function limitReplies(client: RedisClient, onTooLong?: () => void): void {
  if ('nodes' in client) {
    for (const node of client.nodes()) limitNode(node, onTooLong);
    client.on('+node', (node: Redis) => limitNode(node, onTooLong));
  } else limitNode(client, onTooLong);
}

function limitNode(client: Redis, onTooLong?: () => void): void {
  const limit = (): void => {
    const socket = client.stream;
    let bytes = 0;
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
    socket.write = (...args: unknown[]): boolean => {
      bytes = 0;
      return write(...args);
    };
    socket.prependListener('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= LONGEST_REPLY_BYTES || socket.destroyed) return;
      onTooLong?.();
      socket.destroy();
    });
  };
  if (client.status === 'ready') limit();
  client.on('connect', limit);
}
