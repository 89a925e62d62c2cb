-- governor_block: records the Governor's denial: writes the block, acknowledges the plan entry and adds the event that wakes the
-- waiting plan. An attempt that has ended gets no block.
-- RUN BY: governor
-- INCLUDE: now, plan_open, wake
-- KEYS: journal, governorBlock, permitEvents, planStream
-- ARGV: planId, attempt, deadlineMs, block, ttlMs, group, entryId, eventsMaxLen
-- REPLY: issued nowMs eventFault | closed
-- AT MAXMEMORY: allowed
local now = now_ms()
local open = plan_open(journal, attempt, deadlineMs, now)
if open == 'expired' and redis.call('EXISTS', journal) == 0 then open = 'open' end
local fault = ''
if open == 'open' then
  redis.call('SET', governorBlock, block, 'PX', ttlMs)
  fault = wake(permitEvents, eventsMaxLen, planId, attempt, 'governor', 'deny', block)
end
if entryId ~= '' then redis.call('XACK', planStream, group, entryId) end
if open == 'open' then return { 'issued', text(now), fault } end
return { 'closed' }
