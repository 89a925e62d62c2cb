-- set_control: sets the kill switch or the arm state for an operator and adds an event. Arming also lifts the Governor's own
-- disarm. The number of a change is higher than the stored one and than the one that the caller has seen, so that a change that
-- Redis lost is detected.
-- RUN BY: operator
-- INCLUDE: now, event
-- KEYS: state, governorDisarm, governorEvents, keptEvents
-- ARGV: value, event, reason, context, liftGovernorDisarm, seenSeq
-- REPLY: set nowMs seq
-- AT MAXMEMORY: allowed
local now = now_ms()
local stored = redis.call('GET', state)
local ok, before = pcall(cjson.decode, stored or '')
local seq = math.max(ok and type(before) == 'table' and tonumber(before['seq']) or 0, tonumber(seenSeq)) + 1
local decoded_value = cjson.decode(value)
decoded_value['seq'] = seq
redis.call('SET', state, cjson.encode(decoded_value))
if liftGovernorDisarm == '1' then redis.call('DEL', governorDisarm) end
report({ events = governorEvents, kept = keptEvents }, now, event, reason, context, string.lower(event))
return { 'set', text(now), text(seq) }
