-- publish_refusal: tells once that a proposal becomes no executable plan: plan entry, result entry and a journal that a later
-- acceptable version of the same plan replaces. Burns nothing.
-- INCLUDE: now
-- KEYS: dedupe, journal, refused, planStream, resultStream, planIndex, trace
-- ARGV: digest, planId, refusedTtlMs, keepMs, state, symbol, action, detail, planFieldCount, ...fields
-- REPLY: refused entryId | duplicate | repeated
-- AT MAXMEMORY: refused
local dedupe, journal, refused, plan_stream, result_stream, index, trace = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local digest, plan_id = ARGV[1], ARGV[2]
if redis.call('EXISTS', dedupe) == 1 or (tonumber(redis.call('HGET', journal, 'attempt') or '0') > 0) then return { 'duplicate' } end
if redis.call('GET', refused) == digest then return { 'repeated' } end
local now = now_ms()
local plan_fields, result_fields = {}, {}
local split = 9 + tonumber(ARGV[9])
for i = 10, split do plan_fields[#plan_fields + 1] = ARGV[i] end
for i = split + 1, #ARGV do result_fields[#result_fields + 1] = ARGV[i] end
local id = redis.call('XADD', plan_stream, '*', unpack(plan_fields))
local result_id = redis.call('XADD', result_stream, '*', 'timestamp', seconds(now), unpack(result_fields))
redis.call('SET', refused, digest, 'PX', ARGV[3])
redis.call('DEL', journal)
redis.call('HSET', journal, 'state', ARGV[5], 'plan_id', plan_id, 'attempt', '0', 'symbol', ARGV[6], 'action', ARGV[7], 'entry_id', id,
  'published_ms', text(now), 'ended_ms', text(now), 'plan', cjson.encode(plan_fields), 'result', cjson.encode(result_fields), 'result_id', result_id)
redis.call('PEXPIRE', journal, ARGV[4])
redis.call('ZADD', index, text(now), plan_id)
redis.call('RPUSH', trace, cjson.encode({ step = 'refused', attempt = 0, at_ms = now, entry = id, detail = ARGV[8] }))
redis.call('PEXPIRE', trace, ARGV[4])
return { 'refused', id }
