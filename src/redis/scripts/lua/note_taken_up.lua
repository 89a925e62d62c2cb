-- note_taken_up: keeps what was noticed of a standing proposal (the position was flat, or is another one, or the target was
-- reached), unless it has changed since it was read.
-- RUN BY: apply
-- INCLUDE: standing
-- KEYS: takenUp
-- ARGV: expected, value, keepMs
-- REPLY: noted | changed
-- AT MAXMEMORY: allowed
if stored_target(takenUp) ~= expected then return { 'changed' } end
redis.call('SET', takenUp, value, 'PX', keepMs)
return { 'noted' }
