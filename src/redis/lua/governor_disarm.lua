-- governor_disarm: the Governor's latch. Set once, told once; only an operator's arming lifts it. SETNX, because whoever may SET
-- could also give it an end.
-- INCLUDE: now
-- KEYS: governorDisarm, governorEvents
-- ARGV: value, reason, context
-- REPLY: disarmed | already
-- AT MAXMEMORY: allowed
if redis.call('SETNX', KEYS[1], ARGV[1]) == 0 then return { 'already' } end
redis.call('XADD', KEYS[2], '*', 'event', 'AUTO_DISARM', 'reason', ARGV[2], 'context', ARGV[3], 'timestamp', seconds(now_ms()), 'action_taken', 'disarmed')
return { 'disarmed' }
