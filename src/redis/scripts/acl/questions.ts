/** Commands as `ACL DRYRUN` takes them, for one key. */

/** The fewest arguments that Redis accepts for each command. */
const AROUND_KEY: Readonly<Record<string, (key: string) => readonly string[]>> = {
  'xgroup|create': (key) => ['xgroup', 'create', key, 'group', '0'],
  'xinfo|groups': (key) => ['xinfo', 'groups', key],
  'xinfo|consumers': (key) => ['xinfo', 'consumers', key, 'group'],
  'xinfo|stream': (key) => ['xinfo', 'stream', key],
  xreadgroup: (key) => ['xreadgroup', 'group', 'group', 'consumer', 'streams', key, '>'],
  xread: (key) => ['xread', 'streams', key, '0'],
  'xgroup|destroy': (key) => ['xgroup', 'destroy', key, 'group'],
  'xgroup|setid': (key) => ['xgroup', 'setid', key, 'group', '0'],
  'xgroup|delconsumer': (key) => ['xgroup', 'delconsumer', key, 'group', 'consumer'],
  bitop: (key) => ['bitop', 'AND', key, key],
  // Redis looks at both keys.
  rename: (key) => ['rename', key, key],
  copy: (key) => ['copy', key, key],
  sort: (key) => ['sort', key, 'STORE', key],
  zunionstore: (key) => ['zunionstore', key, '1', key],
};
const AFTER_KEY: Readonly<Record<string, readonly string[]>> = {
  xautoclaim: ['group', 'consumer', '0', '0'],
  xack: ['group', '1-1'],
  xadd: ['*', 'field', 'value'],
  xtrim: ['MINID', '0'],
  xrange: ['-', '+'],
  xrevrange: ['+', '-'],
  xpending: ['group'],
  xdel: ['1-1'],
  set: ['value'],
  setnx: ['value'],
  expire: ['1'],
  pexpire: ['1'],
  hset: ['field', 'value'],
  hsetnx: ['field', 'value'],
  hincrby: ['field', '1'],
  hdel: ['field'],
  hget: ['field'],
  hmget: ['field'],
  hexists: ['field'],
  hstrlen: ['field'],
  rpush: ['value'],
  lindex: ['0'],
  lrange: ['0', '0'],
  zadd: ['1', 'member'],
  zrem: ['member'],
  zscore: ['member'],
  zcount: ['0', '0'],
  zrange: ['0', '0'],
  zrangebyscore: ['0', '0'],
  zrevrangebyscore: ['0', '0'],
  zremrangebyrank: ['0', '0'],
  zremrangebyscore: ['0', '0'],
  restore: ['0', 'value'],
  getset: ['value'],
  append: ['value'],
  setex: ['1', 'value'],
  setrange: ['0', 'value'],
  incrby: ['1'],
  move: ['1'],
  pexpireat: ['1'],
  hmset: ['field', 'value'],
  lset: ['0', 'value'],
  ltrim: ['0', '0'],
  lpush: ['value'],
  sadd: ['member'],
  zincrby: ['1', 'member'],
  xsetid: ['1-1'],
  xclaim: ['group', 'consumer', '0', '1-1'],
};

/** Writes that no script and no role uses: nobody may run them on a key of the prefix. */
export const NOBODYS_WRITES: readonly string[] =
  'restore getset getdel append setex setrange incrby unlink rename copy move sort bitop pexpireat hmset lset ltrim lpush sadd zincrby zpopmin zunionstore xsetid xclaim xgroup|destroy xgroup|setid xgroup|delconsumer'.split(
    ' ',
  );

/** What is for Redis' administrator alone, and what reaches keys of others. */
export const NOBODYS: readonly (readonly [string, ...string[]])[] = [
  ['acl', 'whoami'],
  ['acl', 'list'],
  ['acl', 'getuser', 'default'],
  ['acl', 'setuser', 'permit-gate-probe'],
  ['acl', 'deluser', 'permit-gate-probe'],
  ['acl', 'load'],
  ['acl', 'log'],
  ['config', 'get', 'maxmemory'],
  ['config', 'set', 'maxmemory', '0'],
  ['config', 'rewrite'],
  ['function', 'load', 'code'],
  ['function', 'delete', 'name'],
  ['function', 'flush'],
  ['function', 'restore', 'value'],
  ['function', 'kill'],
  ['fcall', 'name', '0'],
  ['flushall'],
  ['flushdb'],
  ['swapdb', '0', '1'],
  ['keys', '*'],
  ['scan', '0'],
  ['randomkey'],
  ['replicaof', 'no', 'one'],
  ['slaveof', 'no', 'one'],
  ['failover'],
  ['psync', 'id', '0'],
  ['debug', 'sleep', '0'],
  ['shutdown'],
  ['save'],
  ['bgsave'],
  ['bgrewriteaof'],
  ['module', 'load', 'path'],
  ['module', 'unload', 'name'],
  ['module', 'list'],
  ['script', 'kill'],
  ['script', 'flush'],
  ['client', 'kill', 'TYPE', 'normal'],
  ['client', 'pause', '1'],
  ['client', 'list'],
  ['monitor'],
  ['slowlog', 'get'],
  ['cluster', 'reset'],
  ['cluster', 'failover'],
  ['cluster', 'forget', 'node'],
  ['publish', 'permit-gate:channel', 'text'],
  ['subscribe', 'permit-gate:channel'],
  ['get', 'permit-gate:outside-of-the-prefix'],
  ['set', 'permit-gate:outside-of-the-prefix', 'value'],
  ['del', 'permit-gate:outside-of-the-prefix'],
];

/** Commands without keys that a role needs more arguments for than their name. */
const KEYLESS: Readonly<Record<string, readonly string[]>> = {
  'acl|dryrun': ['default', 'ping'],
  'client|setname': ['name'],
  'script|load': ['return 1'],
  select: ['0'],
  wait: ['0', '0'],
};

export function keylessQuestionOf(command: string): readonly string[] {
  return [...command.split('|'), ...(KEYLESS[command] ?? [])];
}

/** A command as `rightsOf` names it (`xgroup|create`), on one key. */
export function questionOf(command: string, key: string): readonly string[] {
  if (command === 'evalsha') return ['evalsha', 'digest', '1', key];
  return AROUND_KEY[command]?.(key) ?? [command, key, ...(AFTER_KEY[command] ?? [])];
}
