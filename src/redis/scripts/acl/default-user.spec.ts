import { describe, expect, it } from 'vitest';
import { LOADED_GROUP_WRITES, LOADED_WRITES } from './default-user.js';
import { CONNECTED, rightsOf } from './rights.js';

/** Commands that the append-only file stores as other commands. */
const BECOMES: Readonly<Record<string, readonly string[]>> = {
  expire: ['pexpireat'],
  pexpire: ['pexpireat'],
  getex: ['pexpireat'],
  // Expired keys are removed with DEL or UNLINK.
  del: ['unlink'],
  xreadgroup: ['xclaim', 'xgroup|setid', 'xgroup|createconsumer'],
  xautoclaim: ['xclaim', 'xgroup|createconsumer'],
};
const READS =
  /^(get|mget|hget|hmget|hgetall|hexists|h?strlen|exists|type|p?ttl|lrange|llen|lindex|hlen|hkeys|z(range|revrangebyscore|rangebyscore|score|count|card)|x(read|range|revrange|len|pending|info.*))$/;

describe('the checked writes', () => {
  it('[R11] are all writes that scripts and direct commands leave in an append-only file', () => {
    const asked = new Set([
      ...LOADED_WRITES.map(([command]) => command),
      ...LOADED_GROUP_WRITES.map(([subcommand]) => `xgroup|${subcommand}`),
    ]);
    const writes = [...rightsOf(CONNECTED).byCommand.keys()].filter((command) => !READS.test(command));
    expect(writes).toContain('xadd');
    expect(writes.flatMap((command) => BECOMES[command] ?? [command]).filter((each) => !asked.has(each))).toEqual([]);
  });
});
