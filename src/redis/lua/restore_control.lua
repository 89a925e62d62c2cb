-- restore_control: puts back a stop that Redis has lost: only where what is stored is older than it, or gone.
-- INCLUDE: now
-- KEYS: state, governorEvents
-- ARGV: value, seq, what
-- REPLY: restored | newer
-- AT MAXMEMORY: allowed
local stored = redis.call('GET', KEYS[1])
if stored and (tonumber(cjson.decode(stored)['seq']) or 0) >= tonumber(ARGV[2]) then return { 'newer' } end
redis.call('SET', KEYS[1], ARGV[1])
redis.call('XADD', KEYS[2], '*', 'event', 'CONTROL_RESTORED', 'reason', ARGV[3], 'context', ARGV[1], 'timestamp', seconds(now_ms()),
  'action_taken', 'stop_put_back')
return { 'restored' }
