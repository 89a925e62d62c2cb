-- end_retry: a plan that waits for its next attempt ends without one. Its last attempt has its result; this one is the plan's, of attempt 0.
-- INCLUDE: now
-- KEYS: journal, retries, resultStream, trace
-- ARGV: planId, attempt, state, reason, keepMs, ...fields
-- REPLY: ended resultId | closed state
-- AT MAXMEMORY: allowed
local journal, plan_id = KEYS[1], ARGV[1]
local j = redis.call('HMGET', journal, 'state', 'attempt')
local state = j[1]
local is_open = state == 'PUBLISHED' or state == 'WAITING' or state == 'CLAIMED' or state == 'UNKNOWN'
if not state or is_open or j[2] ~= ARGV[2] or not redis.call('ZSCORE', KEYS[2], plan_id) then return { 'closed', state or 'none' } end
local now = now_ms()
local fields = {}
for i = 6, #ARGV do fields[#fields + 1] = ARGV[i] end
local id = redis.call('XADD', KEYS[3], '*', 'timestamp', seconds(now), unpack(fields))
redis.call('HSET', journal, 'state', ARGV[3], 'ended_ms', text(now), 'result', cjson.encode(fields), 'result_id', id)
redis.call('HDEL', journal, 'retry_at_ms')
redis.call('PEXPIRE', journal, ARGV[5])
redis.call('ZREM', KEYS[2], plan_id)
redis.call('RPUSH', KEYS[4], cjson.encode({ step = 'given_up', attempt = tonumber(ARGV[2]), at_ms = now, state = ARGV[3], id = id, detail = ARGV[4] }))
redis.call('PEXPIRE', KEYS[4], ARGV[5])
return { 'ended', id }
