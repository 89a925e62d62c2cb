-- add_event: adds an event that could not be added when its change was made, with the time of the change.
-- RUN BY: operator
-- KEYS: governorEvents
-- ARGV: event, reason, context, atSec
-- REPLY: added
-- AT MAXMEMORY: allowed
redis.call('XADD', governorEvents, '*', 'event', event, 'reason', reason, 'context', context, 'timestamp', atSec,
  'action_taken', string.lower(event))
return { 'added' }
