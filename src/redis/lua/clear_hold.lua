-- clear_hold: lifts the hold of one symbol; only this very one, where one is named.
-- INCLUDE: now
-- KEYS: hold, governorEvents
-- ARGV: symbol, reason, actor, onlyIf
-- REPLY: cleared | absent
-- AT MAXMEMORY: allowed
if ARGV[4] ~= '' and redis.call('GET', KEYS[1]) ~= ARGV[4] then return { 'absent' } end
if redis.call('DEL', KEYS[1]) == 0 then return { 'absent' } end
redis.call('XADD', KEYS[2], '*', 'event', 'HOLD_CLEARED', 'reason', ARGV[2], 'context', cjson.encode({ symbol = ARGV[1], actor = ARGV[3] }),
  'timestamp', seconds(now_ms()), 'action_taken', 'hold_lifted')
return { 'cleared' }
