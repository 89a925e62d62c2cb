-- governor_disarm: the Governor's latch. Set once, told once; only an operator's arming lifts it.
-- INCLUDE: now
-- KEYS: governorDisarm, governorEvents
-- ARGV: value, reason, context
-- REPLY: disarmed | already
if not redis.call('SET', KEYS[1], ARGV[1], 'NX') then return { 'already' } end
redis.call('XADD', KEYS[2], '*', 'event', 'AUTO_DISARM', 'reason', ARGV[2], 'context', ARGV[3], 'timestamp', seconds(now_ms()), 'action_taken', 'disarmed')
return { 'disarmed' }
