-- dead_letter: sets an entry aside with its reason and acknowledges it, so that its group goes on.
-- INCLUDE: now
-- KEYS: deadLetters, stream
-- ARGV: group, entryId, reason, deliveries, fields
-- REPLY: set_aside id
-- AT MAXMEMORY: allowed
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', 10000, '*', 'stream', KEYS[2], 'group', ARGV[1], 'entry_id', ARGV[2], 'reason', ARGV[3],
  'deliveries', ARGV[4], 'fields', ARGV[5], 'timestamp', seconds(now_ms()))
redis.call('XACK', KEYS[2], ARGV[1], ARGV[2])
return { 'set_aside', id }
