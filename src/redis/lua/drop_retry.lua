-- drop_retry: forgets that a plan is to be tried again, unless another attempt has ended meanwhile and set a later time.
-- KEYS: retries
-- ARGV: planId, dueMs
-- REPLY: dropped | kept
-- AT MAXMEMORY: allowed
local at = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not at or tonumber(at) > tonumber(ARGV[2]) then return { 'kept' } end
redis.call('ZREM', KEYS[1], ARGV[1])
return { 'dropped' }
