-- settle_reservation: commits, releases or keeps the reservation of one attempt and acknowledges its result. A reservation is kept if the
-- attempt executed and the quantity is not known yet: after that nothing releases it, and only a known fill commits it.
-- RUN BY: governor
-- INCLUDE: now
-- KEYS: reservation, openReservations, executions, usage, resultStream
-- ARGV: planId, attempt, outcome, usageVersion, dayNotional, dayQty, isTakenOver, group, entryId, fillOf
-- REPLY: settled | nothing | usage_changed
-- AT MAXMEMORY: allowed
local member = planId .. ':' .. attempt
local function ack()
  if entryId ~= '' then redis.call('XACK', resultStream, group, entryId) end
end
if redis.call('HGET', reservation, 'state') ~= 'reserved' then
  redis.call('ZREM', openReservations, member)
  ack()
  return { 'nothing' }
end
if outcome == 'kept' then
  redis.call('HSET', reservation, 'fill_of', fillOf)
  -- Move it to the end of the list, so that reservations without a known fill do not keep the sweep from the others.
  redis.call('ZADD', openReservations, text(now_ms()), member)
  ack()
  return { 'settled' }
end
if outcome == 'released' and redis.call('HEXISTS', reservation, 'fill_of') == 1 then
  ack()
  return { 'nothing' }
end
local taken_over = redis.call('HGET', reservation, 'taken_over') or ''
if (redis.call('HGET', usage, 'version') or '0') ~= usageVersion or (taken_over ~= '') ~= (isTakenOver == '1') then return { 'usage_changed' } end
redis.call('HSET', reservation, 'state', outcome)
redis.call('ZREM', openReservations, member)
if outcome == 'released' then redis.call('ZREM', executions, member) end
-- An order that was sent again counts with the other one, and by itself if it was executed after all.
if outcome == 'committed' and taken_over == 'counted' then
  redis.call('ZADD', executions, redis.call('HGET', reservation, 'at_ms'), member)
end
if dayNotional ~= '' then redis.call('HSET', usage, 'notional', dayNotional, 'qty', dayQty) end
redis.call('HINCRBY', usage, 'version', 1)
ack()
return { 'settled' }
