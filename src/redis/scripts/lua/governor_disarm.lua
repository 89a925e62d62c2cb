-- governor_disarm: disarms the system for the Governor. Reported as an event once; only an operator's arming lifts it. Uses
-- SETNX, because a user with SET could also set an expiry.
-- RUN BY: every role (a process that has seen a disarm that Redis lost sets it again; it can only disarm)
-- INCLUDE: now
-- KEYS: governorDisarm, governorEvents
-- ARGV: value, reason, context
-- REPLY: disarmed | already
-- AT MAXMEMORY: allowed
if redis.call('SETNX', governorDisarm, value) == 0 then return { 'already' } end
redis.call('XADD', governorEvents, '*', 'event', 'AUTO_DISARM', 'reason', reason, 'context', context, 'timestamp', seconds(now_ms()),
  'action_taken', 'disarmed')
return { 'disarmed' }
