import { describe, expect, it } from 'vitest';
import type { KeyRow, Principal } from '../../keys/key-row.js';
import { KEY_TABLE, type KeyName } from '../../keys/keys.js';
import { type Connected, CONNECTED, rightsOf } from './rights.js';

const ROLES: readonly Principal[] = ['apply', 'governor', 'position-brain'];
const READS =
  /^(get|mget|hget|hmget|hgetall|hexists|h?strlen|exists|type|p?ttl|lrange|hlen|hkeys|z(range|revrangebyscore|rangebyscore|score|count|card)|x(read|range|revrange|len|pending|info.*))$/;
/** A member of a consumer group changes the group, not the stream. */
const CONSUMES = /^(xreadgroup|xautoclaim|xclaim|xack|xgroup\|create)$/;
const REMOVES = /^(del|hdel|xtrim|zrem|zremrangebyrank)$/;

function commandsOn(principal: Connected, key: KeyName): string[] {
  return [...rightsOf([principal]).byCommand].filter(([, keys]) => keys.has(key)).map(([command]) => command);
}

/** `every role` in place of all three. */
function folded(principals: readonly Principal[]): Principal[] {
  const all = ROLES.every((role) => principals.includes(role));
  return all ? ['every role', ...principals.filter((principal) => !ROLES.includes(principal))] : [...principals];
}

describe('the rights of each principal', () => {
  it.each(Object.entries(KEY_TABLE) as [KeyName, KeyRow][])('on %s are those its row names', (key, row) => {
    const uses = CONNECTED.map((principal) => ({ principal, commands: commandsOn(principal, key) }));
    const having = (holds: (command: string) => boolean): Principal[] =>
      folded(uses.filter(({ commands }) => commands.some(holds)).map(({ principal }) => principal)).toSorted();
    const writes = (command: string): boolean => ![READS, CONSUMES, REMOVES].some((kind) => kind.test(command));
    const writers = having(writes);
    const removers = folded(
      uses
        .filter(({ commands }) => commands.some((each) => REMOVES.test(each)) && !commands.some(writes))
        .map(({ principal }) => principal),
    ).toSorted();
    expect({ writers, removers }).toEqual({ writers: row.writers.toSorted(), removers: row.removers.toSorted() });
    // The HTTP interface of every process shows what the roles read, so more principals may read than their role needs.
    const touching = folded(uses.filter(({ commands }) => commands.length > 0).map(({ principal }) => principal));
    const unread = row.readers.filter((principal) => !touching.includes(principal) && !touching.includes('every role'));
    expect(unread).toEqual([]);
  });
});
