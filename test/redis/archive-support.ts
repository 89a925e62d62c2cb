import { ArchiveSettings } from '../../src/ops/archive/archive-settings.js';
import { type RedisClient, RedisClients } from '../../src/redis/connection/redis-clients.js';
import { COMMANDS } from '../../src/redis/redis.tokens.js';
import { ArchiveStore } from '../../src/redis/stores/archive-store.js';
import { eventually } from '../harness/eventually.js';
import type { Gate, TestEnvironment } from '../harness/test-environment.js';

/** Without its roles: what they would add is no part of these tests. */
export async function connected({ app }: Gate): Promise<void> {
  void app.get(RedisClients, { strict: false }).connectCommands();
  const client = app.get<RedisClient>(COMMANDS, { strict: false });
  await eventually(() => client.status === 'ready' || undefined);
}

/** A Governor alone: it needs no exchange, and any role may write the archive. */
export async function archiving(testEnv: TestEnvironment, env: Readonly<Record<string, string>>): Promise<Gate> {
  const gate = await testEnv.gate({ roles: 'governor', http: true, start: false, env });
  Object.assign(gate.app.get(ArchiveSettings, { strict: false }), { leaderMs: 50, followerMs: 50, retryMs: 50 });
  await connected(gate);
  return gate;
}

export const looked = (gate: Gate) => gate.app.get(ArchiveStore, { strict: false }).look();

const unread = async (gate: Gate): Promise<number> =>
  Object.values((await looked(gate)).streams).reduce((sum, each) => sum + each.unread, 0);

/** Resolves when everything is archived. */
export const drained = (gate: Gate): Promise<unknown> =>
  eventually(
    async () => (await unread(gate)) === 0 || undefined,
    10_000,
    () => looked(gate),
  );
