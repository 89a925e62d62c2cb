-- note_taken_up: stores what the gates found out about a standing proposal (the position was flat or has turned or grown, or the
-- target is reached), unless the stored proposal has changed since it was read.
-- RUN BY: apply
-- INCLUDE: standing
-- KEYS: takenUp
-- ARGV: expected, value, keepMs
-- REPLY: noted | changed
-- AT MAXMEMORY: allowed
if stored_target(takenUp) ~= expected then return { 'changed' } end
redis.call('SET', takenUp, value, 'PX', keepMs)
return { 'noted' }
