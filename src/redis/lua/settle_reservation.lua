-- settle_reservation: commits, releases or keeps what one attempt reserved, with the acknowledgement of the result that says so. Kept is
-- what was executed for a quantity that nobody knows yet: from then on nothing releases it, and only a known fill commits it.
-- INCLUDE: now
-- KEYS: reservation, openReservations, executions, usage, resultStream
-- ARGV: planId, attempt, outcome, usageVersion, dayNotional, dayQty, group, entryId, fillOf
-- REPLY: settled | nothing | usage_changed
-- AT MAXMEMORY: allowed
local member = ARGV[1] .. ':' .. ARGV[2]
local function ack()
  if ARGV[8] ~= '' then redis.call('XACK', KEYS[5], ARGV[7], ARGV[8]) end
end
if redis.call('HGET', KEYS[1], 'state') ~= 'reserved' then
  redis.call('ZREM', KEYS[2], member)
  ack()
  return { 'nothing' }
end
if ARGV[3] == 'kept' then
  redis.call('HSET', KEYS[1], 'fill_of', ARGV[9])
  -- To the end of the list: those that are looked for in vain must not keep the sweep from the others.
  redis.call('ZADD', KEYS[2], text(now_ms()), member)
  ack()
  return { 'settled' }
end
if ARGV[3] == 'released' and redis.call('HEXISTS', KEYS[1], 'fill_of') == 1 then
  ack()
  return { 'nothing' }
end
if (redis.call('HGET', KEYS[4], 'version') or '0') ~= ARGV[4] then return { 'usage_changed' } end
redis.call('HSET', KEYS[1], 'state', ARGV[3])
redis.call('ZREM', KEYS[2], member)
if ARGV[3] == 'released' then redis.call('ZREM', KEYS[3], member) end
if ARGV[5] ~= '' then redis.call('HSET', KEYS[4], 'notional', ARGV[5], 'qty', ARGV[6]) end
redis.call('HINCRBY', KEYS[4], 'version', 1)
ack()
return { 'settled' }
