-- set_control: an operator's change of the kill switch or the arm state, told as an event. Arming also lifts the Governor's own disarm. Each
-- change has the next number, above what is stored and what the caller has seen: a Redis that lost one is found out by it.
-- INCLUDE: now
-- KEYS: state, governorDisarm, governorEvents
-- ARGV: value, event, reason, context, liftGovernorDisarm, seenSeq
-- REPLY: set nowMs seq
-- AT MAXMEMORY: allowed
local now = now_ms()
local stored = redis.call('GET', KEYS[1])
local ok, before = pcall(cjson.decode, stored or '')
local seq = math.max(ok and type(before) == 'table' and tonumber(before['seq']) or 0, tonumber(ARGV[6])) + 1
local value = cjson.decode(ARGV[1])
value['seq'] = seq
redis.call('SET', KEYS[1], cjson.encode(value))
if ARGV[5] == '1' then redis.call('DEL', KEYS[2]) end
redis.call('XADD', KEYS[3], '*', 'event', ARGV[2], 'reason', ARGV[3], 'context', ARGV[4], 'timestamp', seconds(now), 'action_taken', string.lower(ARGV[2]))
return { 'set', text(now), text(seq) }
