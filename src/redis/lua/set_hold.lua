-- set_hold: blocks one symbol until it is reconciled or the hold is lifted. Told as an event when it is new.
-- INCLUDE: now
-- KEYS: hold, governorEvents, epoch
-- ARGV: hold, symbol, reason, onlyIfAbsent
-- REPLY: held | exists
-- AT MAXMEMORY: allowed
if ARGV[4] == '1' and redis.call('EXISTS', KEYS[1]) == 1 then return { 'exists' } end
redis.call('SET', KEYS[1], ARGV[1])
redis.call('INCR', KEYS[3])
redis.call('XADD', KEYS[2], '*', 'event', 'HOLD', 'reason', ARGV[3], 'context', ARGV[1], 'timestamp', seconds(now_ms()), 'action_taken', 'symbol_on_hold')
return { 'held' }
