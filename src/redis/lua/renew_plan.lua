-- renew_plan: the proposal of a plan that is open, or waits for its next attempt, was stamped anew: that attempt is made of the newer one.
-- KEYS: journal, retries
-- ARGV: planId, freshUntilMs, proposal
-- REPLY: renewed | older | closed
-- AT MAXMEMORY: allowed
local j = redis.call('HMGET', KEYS[1], 'state', 'fresh_until_ms')
local state = j[1]
local is_open = state == 'PUBLISHED' or state == 'WAITING' or state == 'CLAIMED' or state == 'UNKNOWN'
if not is_open and not (state and redis.call('ZSCORE', KEYS[2], ARGV[1])) then return { 'closed' } end
if tonumber(ARGV[2]) <= (tonumber(j[2] or '') or 0) then return { 'older' } end
redis.call('HSET', KEYS[1], 'fresh_until_ms', ARGV[2], 'proposal', ARGV[3])
return { 'renewed' }
