-- set_hold: holds one symbol until it is reconciled or the hold is lifted, and reports that as an event.
-- RUN BY: apply, position-brain, operator
-- INCLUDE: now, typed, event
-- KEYS: hold, governorEvents, keptEvents, epoch
-- ARGV: value, reason, onlyIfAbsent
-- REPLY: held before | exists
-- AT MAXMEMORY: allowed
if onlyIfAbsent == '1' and redis.call('EXISTS', hold) == 1 then return { 'exists' } end
local before = redis.pcall('GET', hold)
redis.call('SET', hold, value)
raise(epoch)
report({ events = governorEvents, kept = keptEvents }, now_ms(), 'HOLD', reason, value, 'symbol_on_hold')
return { 'held', type(before) == 'string' and before or '' }
