import type { Socket } from 'node:net';
import type { Cluster, Redis } from 'ioredis';
import { deferToTickEnd, type Urgency } from '../../runtime/tick-batching.js';

/**
 * Puts all commands that are given in one turn of the event loop into one write to the socket, instead of one each. They
 * leave in the same order when all that has come in was looked at, those of connections that only read after all others; how
 * each is answered, times out or fails stays as it is. Not ioredis' own pipelining: that settles commands together, and an
 * outcome must stay known for each.
 */
export function batchWrites(client: Redis | Cluster, urgency: Urgency): void {
  if ('nodes' in client) client.on('+node', (node: Redis) => batchWrites(node, urgency));
  else client.on('connect', () => batchSocket(client.stream, urgency));
}

function batchSocket(socket: Socket, urgency: Urgency): void {
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  let isHeld = false;
  const release = (): void => {
    isHeld = false;
    socket.uncork();
  };
  socket.write = (...args: unknown[]): boolean => {
    if (!isHeld) {
      isHeld = true;
      socket.cork();
      deferToTickEnd(urgency, release);
    }
    return write(...args);
  };
}
