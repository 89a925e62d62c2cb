-- hand_over: what a silent consumer left unacknowledged becomes another's, and idle for so long that any live consumer takes it over in its next round.
-- KEYS: stream
-- ARGV: group, from, to, minIdleMs, count, idleMs
-- REPLY: handed ids found | no_group
-- AT MAXMEMORY: allowed
local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1], 'IDLE', ARGV[4], '-', '+', ARGV[5], ARGV[2])
if pending.err then
  if string.find(pending.err, 'NOGROUP', 1, true) then return { 'no_group' } end
  return redis.error_reply(pending.err)
end
local ids = {}
for _, row in ipairs(pending) do
  -- One whose body was trimmed away is no longer pending after this, and not in the reply.
  local taken = redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[3], ARGV[4], row[1], 'IDLE', ARGV[6], 'JUSTID')
  if taken[1] then ids[#ids + 1] = taken[1] end
end
return { 'handed', ids, #pending }
