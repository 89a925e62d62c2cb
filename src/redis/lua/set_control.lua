-- set_control: an operator's change of the kill switch or the arm state, told as an event. Arming also lifts the Governor's own disarm.
-- INCLUDE: now
-- KEYS: state, governorDisarm, governorEvents
-- ARGV: value, event, reason, context, liftGovernorDisarm
-- REPLY: set nowMs
local now = now_ms()
redis.call('SET', KEYS[1], ARGV[1])
if ARGV[5] == '1' then redis.call('DEL', KEYS[2]) end
redis.call('XADD', KEYS[3], '*', 'event', ARGV[2], 'reason', ARGV[3], 'context', ARGV[4], 'timestamp', seconds(now), 'action_taken', string.lower(ARGV[2]))
return { 'set', text(now) }
