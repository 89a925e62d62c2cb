import type { Keys } from '../../src/redis/keys.js';
import type { RedisClient } from '../../src/redis/redis-clients.js';
import { ScriptRunner } from '../../src/redis/script-runner.js';
import { ServerIdentity } from '../../src/redis/server-identity.js';

/** The scripts of one process on a connection of its own. */
export function scriptsOn(client: RedisClient, keys: Keys, settleMs = 3_000): ScriptRunner {
  return new ScriptRunner(client, new ServerIdentity(client, keys, settleMs));
}
