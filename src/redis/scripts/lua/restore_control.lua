-- restore_control: restores a stop that Redis has lost, only if the stored state is older or missing.
-- RUN BY: operator
-- INCLUDE: now
-- KEYS: state, governorEvents
-- ARGV: value, seq, what
-- REPLY: restored | newer
-- AT MAXMEMORY: allowed
local stored = redis.call('GET', state)
if stored and (tonumber(cjson.decode(stored)['seq']) or 0) >= tonumber(seq) then return { 'newer' } end
redis.call('SET', state, value)
redis.call('XADD', governorEvents, '*', 'event', 'CONTROL_RESTORED', 'reason', what, 'context', value, 'timestamp', seconds(now_ms()),
  'action_taken', 'stop_put_back')
return { 'restored' }
