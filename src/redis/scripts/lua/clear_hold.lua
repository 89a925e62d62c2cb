-- clear_hold: lifts the hold of one symbol; with onlyIf, only if the hold is still exactly that one.
-- RUN BY: position-brain, operator
-- INCLUDE: now
-- KEYS: hold, governorEvents
-- ARGV: symbol, reason, actor, onlyIf
-- REPLY: cleared | absent
-- AT MAXMEMORY: allowed
if onlyIf ~= '' and redis.call('GET', hold) ~= onlyIf then return { 'absent' } end
if redis.call('DEL', hold) == 0 then return { 'absent' } end
redis.call('XADD', governorEvents, '*', 'event', 'HOLD_CLEARED', 'reason', reason,
  'context', cjson.encode({ symbol = symbol, actor = actor }), 'timestamp', seconds(now_ms()), 'action_taken', 'hold_lifted')
return { 'cleared' }
