import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { BACKUP_USER, passwordPlaceholder, REDIS_USERS } from '../../src/redis/scripts/acl/users.js';

const SHIPPED = new URL('../../docker/redis/users.acl', import.meta.url);
const SHIPPED_CONF = new URL('../../docker/redis/redis.conf', import.meta.url);
/** A user of the test itself, who may do everything. */
export const TEST_ADMIN = 'test-admin';

/** Writes docker/redis/users.acl to `path` with each user's name as its password, and {@link TEST_ADMIN}. */
export function writeUsersFile(path: string, change: (text: string) => string = (text) => text): void {
  let text = change(readFileSync(SHIPPED, 'utf8'));
  for (const user of [...Object.keys(REDIS_USERS), BACKUP_USER]) {
    text = text.replace(`${passwordPlaceholder(user)} `, `#${createHash('sha256').update(user).digest('hex')} `);
  }
  writeFileSync(path, `${text}user ${TEST_ADMIN} on >${TEST_ADMIN} ~* &* +@all\n`);
}

/** Writes docker/redis/redis.conf to `path` with the two paths in it replaced: the ACL file, and the folder of the data. */
export function writeRedisConf(path: string, aclFile: string, dataFolder: string): void {
  const text = readFileSync(SHIPPED_CONF, 'utf8')
    .replace('aclfile /run/secrets/redis_users.acl', `aclfile ${aclFile}`)
    .replace('dir /data', `dir ${dataFolder}`);
  writeFileSync(path, text);
}
