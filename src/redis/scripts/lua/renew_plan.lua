-- renew_plan: stores a newer stamp of a plan's proposal while the plan is open or waits for its next attempt. The next attempt uses it.
-- A plan that waits for the approval of a person waits as long as it is fresh.
-- RUN BY: apply
-- KEYS: journal, retries
-- ARGV: planId, freshUntilMs, proposal
-- REPLY: renewed | older | closed
-- AT MAXMEMORY: allowed
local j = redis.call('HMGET', journal, 'state', 'fresh_until_ms')
local state = j[1]
local is_open = state == 'PUBLISHED' or state == 'WAITING' or state == 'CLAIMED' or state == 'UNKNOWN'
if not is_open and not (state and redis.call('ZSCORE', retries, planId)) then return { 'closed' } end
if tonumber(freshUntilMs) <= (tonumber(j[2] or '') or 0) then return { 'older' } end
redis.call('HSET', journal, 'fresh_until_ms', freshUntilMs, 'proposal', proposal)
-- One that is approved is due already, and stays so.
if state == 'WAITING_APPROVAL' and tonumber(redis.call('ZSCORE', retries, planId)) == tonumber(j[2] or '') then
  redis.call('ZADD', retries, freshUntilMs, planId)
end
return { 'renewed' }
