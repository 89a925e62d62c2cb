-- lead_notifier: takes or renews the lease of the one process that sends messages to people; ttlMs 0 gives it up. Returns the control
-- events after an id to whoever has it, and to whoever has just taken it what each channel was told.
-- RUN BY: every role
-- INCLUDE: now, measured, stream_info
-- KEYS: notifyLeader, governorEvents, notifyTold
-- ARGV: token, instance, ttlMs, after, count, mostBytes
-- REPLY: kept nowMs events | taken nowMs last told | other nowMs by | given_up
-- AT MAXMEMORY: allowed
local now = text(now_ms())
local owner = redis.call('GET', notifyLeader)
local held_by, name = string.match(owner or '', '^(%S+) (.*)$')
if owner and held_by ~= token then return { 'other', now, name or '' } end
if ttlMs == '0' then
  redis.call('DEL', notifyLeader)
  return { 'given_up' }
end
redis.call('SET', notifyLeader, token .. ' ' .. instance, 'PX', ttlMs)
if owner and after ~= '' then
  return { 'kept', now, entries_between(governorEvents, '(' .. after, '+', count, tonumber(mostBytes)) }
end
local last = info_value(redis.pcall('XINFO', 'STREAM', governorEvents), 'last-generated-id') or '0-0'
return { 'taken', now, last, redis.call('HGETALL', notifyTold) }
