-- governor_disarm: records that the Governor disarmed the system, and reports that once as an event. Only an operator can arm again. Uses
-- SETNX, because a user with SET could also set an expiry.
-- RUN BY: every role (a process that has seen a disarm sets it again if Redis lost it; the script can only disarm)
-- INCLUDE: now
-- KEYS: governorDisarm, governorEvents
-- ARGV: value, reason, context
-- REPLY: disarmed | already
-- AT MAXMEMORY: allowed
if redis.call('SETNX', governorDisarm, value) == 0 then return { 'already' } end
redis.call('XADD', governorEvents, '*', 'event', 'AUTO_DISARM', 'reason', reason, 'context', context, 'timestamp', seconds(now_ms()),
  'action_taken', 'disarmed')
return { 'disarmed' }
