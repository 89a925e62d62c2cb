-- retire_audit: empties the audit stream of a chain whose entries are all older than the retention, and forgets its recorded end, if that
-- is still the given one.
-- RUN BY: every role
-- KEYS: audit, auditHeads
-- ARGV: chain, head
-- REPLY: retired | changed
-- AT MAXMEMORY: allowed
if redis.call('HGET', auditHeads, chain) ~= head then return { 'changed' } end
redis.call('XTRIM', audit, 'MAXLEN', '0')
redis.call('HDEL', auditHeads, chain)
return { 'retired' }
