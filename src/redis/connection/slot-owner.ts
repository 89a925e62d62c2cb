import { Command, type Redis } from 'ioredis';
import type { RedisClient } from './redis-clients.js';

/** The connections to all primaries; of a single server its own. */
export function primariesOf(client: RedisClient): Redis[] {
  return 'nodes' in client ? client.nodes('master') : [client];
}

/**
 * The connection that commands on a key use. On a cluster, a command without a key goes to a random node; what is asked about the data
 * must be asked of the primary that owns it. Throws while no node owns the slot of the key.
 */
export function ownerOf(client: RedisClient, key: string): Redis {
  if (!('nodes' in client)) return client;
  const slot = new Command('exists', [key]).getSlot() ?? 0;
  // A private field of ioredis 6.0.0; test/redis/redis-cluster.test.ts fails if it changes.
  const slots = Reflect.get(client, 'slots') as readonly (readonly string[] | undefined)[];
  const address = slots[slot]?.[0];
  const owner = client.nodes('master').find(({ options: { host, port } }) => `${host}:${port}` === address);
  if (owner === undefined) throw new Error(`no node of the cluster is known to own slot ${slot}, the one of ${key}`);
  return owner;
}
