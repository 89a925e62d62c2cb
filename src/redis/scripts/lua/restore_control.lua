-- restore_control: restores a stop that Redis has lost, only if the stored state is older, missing or unreadable.
-- RUN BY: operator
-- INCLUDE: now
-- KEYS: state, governorEvents
-- ARGV: value, seq, what
-- REPLY: restored | newer
-- AT MAXMEMORY: allowed
local stored = redis.pcall('GET', state)
local ok, before = pcall(cjson.decode, type(stored) == 'string' and stored or '')
if ok and type(before) == 'table' and (tonumber(before['seq']) or 0) >= tonumber(seq) then return { 'newer' } end
redis.call('SET', state, value)
redis.pcall('XADD', governorEvents, '*', 'event', 'CONTROL_RESTORED', 'reason', what, 'context', value, 'timestamp', seconds(now_ms()),
  'action_taken', 'stop_put_back')
return { 'restored' }
