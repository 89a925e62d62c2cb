import type { Keys } from '../../src/redis/keys/keys.js';
import type { RedisClient } from '../../src/redis/connection/redis-clients.js';
import { ScriptRunner } from '../../src/redis/scripts/script-runner.js';
import { ServerIdentity } from '../../src/redis/connection/server-identity.js';

/** The scripts of one process on a connection of its own. */
export function scriptsOn(client: RedisClient, keys: Keys, settleMs = 3_000): ScriptRunner {
  return new ScriptRunner(client, new ServerIdentity(client, keys, settleMs));
}
