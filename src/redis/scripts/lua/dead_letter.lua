-- dead_letter: moves an entry to the dead letters with its reason and acknowledges it, so that its group continues.
-- RUN BY: every role
-- INCLUDE: now
-- KEYS: deadLetters, stream
-- ARGV: group, entryId, reason, deliveries, fields
-- REPLY: dead_lettered id
-- AT MAXMEMORY: allowed
local id = redis.call('XADD', deadLetters, 'MAXLEN', '~', 10000, '*', 'stream', stream, 'group', group, 'entry_id', entryId,
  'reason', reason, 'deliveries', deliveries, 'fields', fields, 'timestamp', seconds(now_ms()))
redis.call('XACK', stream, group, entryId)
return { 'dead_lettered', id }
