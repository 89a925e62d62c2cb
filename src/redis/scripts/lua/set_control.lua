-- set_control: sets the kill switch or the arm state for an operator and adds an event. Arming also lifts the Governor's own
-- disarm. The number of a change is higher than the stored one and than the one that the caller has seen, so that a change that
-- Redis lost is detected. A stop with a pressId is stored once: the same pressId again, after a lost reply, changes nothing, also
-- when the stop was released meanwhile ('ended'). A stop that meets an engaged switch keeps who engaged it, why and when ('kept'). What is
-- stored before may be anything.
-- RUN BY: operator
-- INCLUDE: now, event
-- KEYS: state, governorDisarm, governorEvents, keptEvents
-- ARGV: value, event, reason, context, liftGovernorDisarm, seenSeq, pressId
-- REPLY: set nowMs seq before | kept nowMs seq before stored | ended nowMs seq before
-- AT MAXMEMORY: allowed
local now = now_ms()
local stored = redis.pcall('GET', state)
local was = type(stored) == 'string' and stored or ''
local ok, before = pcall(cjson.decode, was)
if not ok or type(before) ~= 'table' then before = {} end
local seq = tonumber(before['seq']) or 0
if not (seq >= 0 and seq < 2 ^ 52) then seq = 0 end
if pressId ~= '' and before['press_id'] == pressId then return { 'kept', text(now), text(seq), '', was } end
if pressId ~= '' and before['ended_press_id'] == pressId then return { 'ended', text(now), text(seq), was } end
seq = math.max(seq, tonumber(seenSeq)) + 1
local is_engaged = pressId ~= '' and before['engaged'] == true and type(before['by']) == 'string' and type(before['reason']) == 'string'
local decoded_value = is_engaged and before or cjson.decode(value)
decoded_value['seq'] = seq
if pressId ~= '' then decoded_value['press_id'] = pressId else decoded_value['ended_press_id'] = before['press_id'] end
local encoded = cjson.encode(decoded_value)
redis.call('SET', state, encoded)
if liftGovernorDisarm == '1' then redis.call('DEL', governorDisarm) end
report({ events = governorEvents, kept = keptEvents }, now, event, reason, context, string.lower(event))
if is_engaged then return { 'kept', text(now), text(seq), was, encoded } end
return { 'set', text(now), text(seq), was }
