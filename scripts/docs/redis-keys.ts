import type { KeyRow } from '../../src/redis/keys/key-row.js';
import { KEY_TABLE } from '../../src/redis/keys/keys.js';
import { generatedFrom, table } from './table.js';

const SOURCE = 'src/redis/keys/keys.ts';
const DEFAULT_PREFIX = 'quantum:';

/** The text of `docs/redis-keys.md`, from the key table. */
export function renderRedisKeysPage(): string {
  const rows: KeyRow[] = Object.values(KEY_TABLE);
  return `# Redis keys

${generatedFrom(SOURCE)}

Every key this system reads or writes. \`REDIS_KEY_PREFIX\` goes before each, by default \`${DEFAULT_PREFIX}\`: the plan stream is
\`${DEFAULT_PREFIX}${KEY_TABLE.planStream.pattern}\`. On Redis Cluster the prefix carries a hash tag, such as \`{quantum:0}:\`, so that every
script stays in one slot. A key that begins with \`{\` has no prefix: all deployments on the Redis share it. Nothing outside \`${SOURCE}\` builds a key.

What each writer writes is what the Redis users of \`docker/redis/users.acl\` may write ([how to set them up](operations.md#redis-users)).
Reading is shared more widely than the roles need, because the interface of every process shows it; nothing here is secret.

## Shared with other services

Names and formats are frozen: services that this system replaces, or runs beside, know these keys. Fields may be added, never
renamed or dropped.

${keyTable(rows.filter(({ shared }) => shared))}

## Of this system alone

${keyTable(rows.filter(({ shared }) => !shared))}
`;
}

function keyTable(rows: readonly KeyRow[]): string {
  const cells = rows.map(({ pattern, type, life, writers, removers, readers, content }) => [
    `\`${pattern}\``,
    type,
    life,
    [...writers, ...removers.map((remover) => `${remover} (removes)`)].join(', '),
    readers.join(', '),
    content,
  ]);
  return table(['key', 'type', 'life', 'written by', 'read by', 'content'], cells);
}
