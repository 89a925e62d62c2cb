-- dead_letter: moves an entry to the dead letters with its reason and acknowledges it, so that its group continues. An entry that is no longer
-- pending for this consumer was handled or taken over by another, who answers for it: nothing is written.
-- RUN BY: every role
-- INCLUDE: now
-- KEYS: deadLetters, stream
-- ARGV: group, consumer, entryId, reason, deliveries, fields
-- REPLY: dead_lettered id | elsewhere
-- AT MAXMEMORY: allowed
if #redis.call('XPENDING', stream, group, entryId, entryId, 1, consumer) == 0 then return { 'elsewhere' } end
local id = redis.call('XADD', deadLetters, 'MAXLEN', '~', 10000, '*', 'stream', stream, 'group', group, 'entry_id', entryId,
  'reason', reason, 'deliveries', deliveries, 'fields', fields, 'timestamp', seconds(now_ms()))
redis.call('XACK', stream, group, entryId)
return { 'dead_lettered', id }
