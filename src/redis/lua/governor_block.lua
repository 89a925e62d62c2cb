-- governor_block: the Governor's no: the block, acknowledgement and the event that wakes the waiting plan. An attempt that ended gets none.
-- INCLUDE: now, plan_open
-- KEYS: journal, governorBlock, permitEvents, planStream
-- ARGV: planId, attempt, deadlineMs, block, ttlMs, group, entryId, eventsMaxLen
-- REPLY: issued nowMs | closed
-- AT MAXMEMORY: allowed
local now = now_ms()
local open = plan_open(KEYS[1], ARGV[2], ARGV[3], now)
if open == 'expired' and redis.call('EXISTS', KEYS[1]) == 0 then open = 'open' end
if open == 'open' then
  redis.call('SET', KEYS[2], ARGV[4], 'PX', ARGV[5])
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[8], '*', 'plan_id', ARGV[1], 'attempt', ARGV[2], 'issuer', 'governor', 'verdict', 'deny', 'permit', ARGV[4])
end
if ARGV[7] ~= '' then redis.call('XACK', KEYS[4], ARGV[6], ARGV[7]) end
if open == 'open' then return { 'issued', text(now) } end
return { 'closed' }
