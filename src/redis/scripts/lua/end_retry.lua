-- end_retry: ends a plan that waits for its next attempt. Publishes a result of the plan itself, with attempt 0, because its last attempt
-- has a result already. If an order of the plan filled, its result stays and only the continuation is dropped. With dueMs a plan whose next
-- attempt is due later is left alone.
-- RUN BY: apply
-- INCLUDE: now
-- KEYS: journal, retries, resultStream, trace, approval, waitingApprovals
-- ARGV: planId, attempt, dueMs, state, reason, keepMs, ...fields
-- REPLY: ended resultId | continuation_dropped | closed state
-- AT MAXMEMORY: allowed
local j = redis.call('HMGET', journal, 'state', 'attempt')
local stored_state = j[1]
local has_order = stored_state == 'FILLED' or stored_state == 'PARTLY_FILLED' or stored_state == 'PLACED'
if has_order and redis.call('ZREM', retries, planId) == 1 then return { 'continuation_dropped' } end
local is_open = stored_state == 'PUBLISHED' or stored_state == 'WAITING' or stored_state == 'CLAIMED' or stored_state == 'UNKNOWN'
local due = redis.call('ZSCORE', retries, planId)
if not stored_state or is_open or j[2] ~= attempt or not due or (dueMs ~= '' and tonumber(due) > tonumber(dueMs)) then
  return { 'closed', stored_state or 'none' }
end
local now = now_ms()
local id = redis.call('XADD', resultStream, '*', 'timestamp', seconds(now), unpack(fields))
redis.call('HSET', journal, 'state', state, 'ended_ms', text(now), 'result', cjson.encode(fields), 'result_id', id)
-- If the same proposal is asked for again, it runs as the next attempt.
redis.call('HSET', journal, 'retry_at_ms', text(now))
redis.call('PEXPIRE', journal, keepMs)
redis.call('ZREM', retries, planId)
-- What a person was asked, or has answered, ends with the plan.
redis.call('DEL', approval)
redis.call('ZREM', waitingApprovals, planId)
redis.call('RPUSH', trace,
  cjson.encode({ step = 'given_up', attempt = tonumber(attempt), at_ms = now, state = state, id = id, detail = reason }))
redis.call('PEXPIRE', trace, keepMs)
return { 'ended', id }
