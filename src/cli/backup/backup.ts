import type { Environment } from '../../config/environment.js';
import { RedisRefused, RedisUnavailable } from '../../redis/connection/redis.errors.js';
import { BACKUP_USER } from '../../redis/scripts/acl/users.js';
import { KeyCopies, type Restored } from '../../redis/stores/key-copies.js';
import { CommandFailure, EXIT } from '../exit.js';
import { RedisSession } from '../redis-session.js';
import { type BackupHeader, readBackup, writeBackup } from './backup-file.js';

export interface RestoreReport extends Restored {
  readonly header: BackupHeader;
  /** The keys that were there before, and the file they were written to; `undefined` if there were none. */
  readonly replaced: { readonly keyCount: number; readonly file: string } | undefined;
}

/** Writes every key of the prefix to `file`. The deployment may go on running. */
export async function backUp(environment: Environment, file: string): Promise<BackupHeader> {
  return onRedis(environment, async (copies, version) => {
    const prefix = environment.redisKeyPrefix;
    const { takenMs, account, keys } = await copies.take();
    if (keys.length === 0) {
      throw new CommandFailure(
        EXIT.notHolding,
        `There is no key that begins with ${JSON.stringify(prefix)}, so ${file} was not written. Check REDIS_HOST, REDIS_DB and REDIS_KEY_PREFIX.`,
      );
    }
    writeBackup(file, { prefix, takenMs, account, redisVersion: version, keys });
    return { prefix, takenMs, account, redisVersion: version, keyCount: keys.length };
  });
}

/**
 * Puts the keys of `file` in place. Refuses while a process of the deployment is connected, and where there are keys unless `replace`:
 * then they are first written to a file of their own.
 */
export async function restore(environment: Environment, file: string, replace: boolean): Promise<RestoreReport> {
  const { keys, ...header } = readBackup(file);
  const prefix = environment.redisKeyPrefix;
  if (header.prefix !== prefix) {
    throw new CommandFailure(
      EXIT.usage,
      `${file} is of the prefix ${JSON.stringify(header.prefix)}, and REDIS_KEY_PREFIX is ${JSON.stringify(prefix)}. Nothing was changed.`,
    );
  }
  return onRedis(environment, async (copies, version) => {
    const running = await copies.connected();
    if (running.length > 0) {
      throw new CommandFailure(
        EXIT.notHolding,
        `Processes of permit-gate are connected: ${running.join(', ')}. Stop them all, then restore. Nothing was changed.`,
      );
    }
    const present = await copies.take();
    if (present.keys.length > 0 && !replace) {
      throw new CommandFailure(
        EXIT.notHolding,
        `${present.keys.length} keys begin with ${JSON.stringify(prefix)} already. Restore into an empty Redis, or add --replace: the keys are then written to a file and replaced. Nothing was changed.`,
      );
    }
    let replaced: RestoreReport['replaced'];
    if (present.keys.length > 0) {
      replaced = { keyCount: present.keys.length, file: `${file}.replaced-${present.takenMs}` };
      writeBackup(replaced.file, { prefix, redisVersion: version, ...present });
    }
    try {
      return { ...(await copies.restore(keys, present.keys)), header, replaced };
    } catch (error) {
      if (!(error instanceof RedisRefused)) throw error;
      const back = await copies.take();
      await copies.restore(present.keys, back.keys);
      throw new CommandFailure(
        EXIT.notHolding,
        `Redis ${version} refused the backup of Redis ${header.redisVersion}: ${error.message}. The keys are as they were before.`,
        { cause: error },
      );
    }
  });
}

async function onRedis<T>(
  environment: Environment,
  act: (copies: KeyCopies, redisVersion: string) => Promise<T>,
): Promise<T> {
  const session = new RedisSession(environment, 'bulk');
  await session.connect();
  try {
    await session.insistOnDatabase();
    const copies = new KeyCopies(session.commands, session.keys, environment.redisKeyPrefix);
    return await act(copies, await copies.redisVersion());
  } catch (error) {
    if (error instanceof RedisUnavailable) throw new CommandFailure(EXIT.unreachable, error.message, { cause: error });
    if (!(error instanceof RedisRefused)) throw error;
    throw new CommandFailure(
      EXIT.configuration,
      `${error.message}. Use the Redis user ${BACKUP_USER} of users.acl (REDIS_USERNAME=${BACKUP_USER}), and the REDIS_KEY_PREFIX that the file was made for.`,
      { cause: error },
    );
  } finally {
    session.close();
  }
}
