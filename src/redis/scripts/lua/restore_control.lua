-- restore_control: restores a stop that Redis has lost, only if the stored state is older, missing or unreadable.
-- RUN BY: operator
-- INCLUDE: now, event
-- KEYS: state, governorEvents, keptEvents
-- ARGV: value, seq, what
-- REPLY: restored | newer
-- AT MAXMEMORY: allowed
local stored = redis.pcall('GET', state)
local ok, before = pcall(cjson.decode, type(stored) == 'string' and stored or '')
if ok and type(before) == 'table' and (tonumber(before['seq']) or 0) >= tonumber(seq) then return { 'newer' } end
redis.call('SET', state, value)
report({ events = governorEvents, kept = keptEvents }, now_ms(), 'CONTROL_RESTORED', what, value, 'stop_put_back')
return { 'restored' }
