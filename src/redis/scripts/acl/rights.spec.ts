import { describe, expect, it } from 'vitest';
import { KEY_TABLE, type KeyName, type KeyRow, type Party } from '../../keys/keys.js';
import { type Connected, CONNECTED, rightsOf } from './rights.js';

const ROLES: readonly Party[] = ['apply', 'governor', 'position-brain'];
const READS =
  /^(get|mget|hget|hmget|hgetall|hexists|hstrlen|exists|type|p?ttl|lrange|hlen|hkeys|z(range|revrangebyscore|rangebyscore|score|count|card)|x(read|range|revrange|len|pending|info.*))$/;
/** What a member of a consumer group does with entries: the group moves, the stream stays. */
const CONSUMES = /^(xreadgroup|xautoclaim|xclaim|xack|xgroup\|create)$/;
const REMOVES = /^(del|hdel|xtrim|zrem|zremrangebyrank)$/;

function commandsOn(party: Connected, key: KeyName): string[] {
  return [...rightsOf([party]).byCommand].filter(([, keys]) => keys.has(key)).map(([command]) => command);
}

/** `every role` in place of all three. */
function folded(parties: readonly Party[]): Party[] {
  const all = ROLES.every((role) => parties.includes(role));
  return all ? ['every role', ...parties.filter((party) => !ROLES.includes(party))] : [...parties];
}

describe('the rights of each party', () => {
  it.each(Object.entries(KEY_TABLE) as [KeyName, KeyRow][])('on %s are those its row names', (key, row) => {
    const uses = CONNECTED.map((party) => ({ party, commands: commandsOn(party, key) }));
    const having = (holds: (command: string) => boolean): Party[] =>
      folded(uses.filter(({ commands }) => commands.some(holds)).map(({ party }) => party)).toSorted();
    const writes = (command: string): boolean => ![READS, CONSUMES, REMOVES].some((kind) => kind.test(command));
    const writers = having(writes);
    const removers = folded(
      uses
        .filter(({ commands }) => commands.some((each) => REMOVES.test(each)) && !commands.some(writes))
        .map(({ party }) => party),
    ).toSorted();
    expect({ writers, removers }).toEqual({ writers: row.writers.toSorted(), removers: row.removers.toSorted() });
    // The interface of every process shows what the roles read, so that more may read than need it for their role.
    const touching = folded(uses.filter(({ commands }) => commands.length > 0).map(({ party }) => party));
    const unread = row.readers.filter((party) => !touching.includes(party) && !touching.includes('every role'));
    expect(unread).toEqual([]);
  });
});
