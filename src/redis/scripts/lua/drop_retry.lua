-- drop_retry: cancels the retry of a plan, unless a later attempt has set a later time since.
-- RUN BY: apply
-- KEYS: retries
-- ARGV: planId, dueMs
-- REPLY: dropped | kept
-- AT MAXMEMORY: allowed
local at = redis.call('ZSCORE', retries, planId)
if not at or tonumber(at) > tonumber(dueMs) then return { 'kept' } end
redis.call('ZREM', retries, planId)
return { 'dropped' }
