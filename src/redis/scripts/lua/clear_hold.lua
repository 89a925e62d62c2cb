-- clear_hold: lifts the hold of one symbol; with onlyIf, only if the hold is still exactly that one.
-- RUN BY: position-brain, operator
-- INCLUDE: now, event
-- KEYS: hold, governorEvents, keptEvents
-- ARGV: symbol, reason, actor, onlyIf
-- REPLY: cleared | absent
-- AT MAXMEMORY: allowed
if onlyIf ~= '' and redis.call('GET', hold) ~= onlyIf then return { 'absent' } end
if redis.call('DEL', hold) == 0 then return { 'absent' } end
report({ events = governorEvents, kept = keptEvents }, now_ms(), 'HOLD_CLEARED', reason,
  cjson.encode({ symbol = symbol, actor = actor }), 'hold_lifted')
return { 'cleared' }
