-- restore_control: restores a stop that Redis has lost, only if the stored state is older or missing.
-- RUN BY: operator
-- INCLUDE: now, event
-- KEYS: state, governorEvents, keptEvents
-- ARGV: value, seq, what
-- REPLY: restored | newer
-- AT MAXMEMORY: allowed
local stored = redis.call('GET', state)
if stored and (tonumber(cjson.decode(stored)['seq']) or 0) >= tonumber(seq) then return { 'newer' } end
redis.call('SET', state, value)
report({ events = governorEvents, kept = keptEvents }, now_ms(), 'CONTROL_RESTORED', what, value, 'stop_put_back')
return { 'restored' }
