-- settle_reservation: commits, releases or keeps what one attempt reserved, with the acknowledgement of the result that says so. Kept is
-- what was executed for a quantity that nobody knows yet: from then on nothing releases it, and only a known fill commits it.
-- RUN BY: governor
-- INCLUDE: now
-- KEYS: reservation, openReservations, executions, usage, resultStream
-- ARGV: planId, attempt, outcome, usageVersion, dayNotional, dayQty, group, entryId, fillOf
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
  -- To the end of the list: those that are looked for in vain must not keep the sweep from the others.
  redis.call('ZADD', openReservations, text(now_ms()), member)
  ack()
  return { 'settled' }
end
if outcome == 'released' and redis.call('HEXISTS', reservation, 'fill_of') == 1 then
  ack()
  return { 'nothing' }
end
if (redis.call('HGET', usage, 'version') or '0') ~= usageVersion then return { 'usage_changed' } end
redis.call('HSET', reservation, 'state', outcome)
redis.call('ZREM', openReservations, member)
if outcome == 'released' then redis.call('ZREM', executions, member) end
if dayNotional ~= '' then redis.call('HSET', usage, 'notional', dayNotional, 'qty', dayQty) end
redis.call('HINCRBY', usage, 'version', 1)
ack()
return { 'settled' }
