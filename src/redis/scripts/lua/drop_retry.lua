-- drop_retry: cancels the retry of a plan, unless a later attempt has ended since and set a later time.
-- RUN BY: apply
-- KEYS: retries
-- ARGV: planId, dueMs
-- REPLY: dropped | kept
-- AT MAXMEMORY: allowed
local at = redis.call('ZSCORE', retries, planId)
if not at or tonumber(at) > tonumber(dueMs) then return { 'kept' } end
redis.call('ZREM', retries, planId)
return { 'dropped' }
