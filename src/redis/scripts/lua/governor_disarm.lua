-- governor_disarm: records that the Governor disarmed the system, and reports that once as an event. Only an operator can arm again. Uses
-- SETNX, because a user with SET could also set an expiry.
-- RUN BY: every role (a process that has seen a disarm sets it again if Redis lost it; the script can only disarm)
-- INCLUDE: now, event
-- KEYS: governorDisarm, governorEvents, keptEvents
-- ARGV: value, reason, context
-- REPLY: disarmed | already
-- AT MAXMEMORY: allowed
if redis.call('SETNX', governorDisarm, value) == 0 then return { 'already' } end
report({ events = governorEvents, kept = keptEvents }, now_ms(), 'AUTO_DISARM', reason, context, 'disarmed')
return { 'disarmed' }
