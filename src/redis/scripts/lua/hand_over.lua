-- hand_over: moves the unacknowledged entries of an idle consumer to another one, with an idle time so high that any live
-- consumer takes them over in its next round.
-- RUN BY: operator
-- KEYS: stream
-- ARGV: group, from, to, minIdleMs, count, idleMs
-- REPLY: handed ids found | no_group
-- AT MAXMEMORY: allowed
local pending = redis.pcall('XPENDING', stream, group, 'IDLE', minIdleMs, '-', '+', count, from)
if pending.err then
  if string.find(pending.err, 'NOGROUP', 1, true) then return { 'no_group' } end
  return redis.error_reply(pending.err)
end
local ids = {}
for _, row in ipairs(pending) do
  -- An entry whose body was trimmed is no longer pending after this and is not in the reply.
  local taken = redis.call('XCLAIM', stream, group, to, minIdleMs, row[1], 'IDLE', idleMs, 'JUSTID')
  if taken[1] then ids[#ids + 1] = taken[1] end
end
return { 'handed', ids, #pending }
