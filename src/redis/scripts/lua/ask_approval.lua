-- ask_approval: records the Governor's block of a plan that a person must approve first, and asks: writes the block as governor_block does,
-- and in the same step what is to be approved. Each time it asks anew: an earlier answer does not count. An attempt that has ended
-- asks nothing.
-- RUN BY: governor
-- INCLUDE: now, plan_open, wake
-- KEYS: journal, governorBlock, permitEvents, planStream, approval, waitingApprovals
-- ARGV: planId, attempt, deadlineMs, block, ttlMs, group, entryId, eventsMaxLen, keepMs, ...fields
-- REPLY: issued nowMs eventFault | closed
-- AT MAXMEMORY: allowed
local now = now_ms()
local open = plan_open(journal, attempt, deadlineMs, now)
if open == 'expired' and redis.call('EXISTS', journal) == 0 then open = 'open' end
local fault = ''
if open == 'open' then
  redis.call('DEL', approval)
  redis.call('HSET', approval, 'attempt', attempt, 'since_ms', text(now), 'approvals', '[]', unpack(fields))
  redis.call('PEXPIRE', approval, keepMs)
  redis.call('ZADD', waitingApprovals, text(now), planId)
  redis.call('ZREMRANGEBYSCORE', waitingApprovals, '-inf', '(' .. text(now - tonumber(keepMs)))
  redis.call('SET', governorBlock, block, 'PX', ttlMs)
  fault = wake(permitEvents, eventsMaxLen, planId, attempt, 'governor', 'deny', block)
end
if entryId ~= '' then redis.call('XACK', planStream, group, entryId) end
if open == 'open' then return { 'issued', text(now), fault } end
return { 'closed' }
