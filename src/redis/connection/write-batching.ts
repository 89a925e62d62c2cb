import type { Socket } from 'node:net';
import type { Cluster, Redis } from 'ioredis';
import { deferToTickEnd, type Urgency } from '../../runtime/tick-batching.js';

/**
 * Puts all commands of one tick of the event loop into one write to the socket. They keep their order and are written after all input
 * was processed; connections that only read write last. Each command still has its own reply, timeout and error. ioredis' own
 * pipelining is not used, because it settles commands together.
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
