-- publish_refusal: records once that a proposal was refused: plan entry, result entry and journal. If the same plan is allowed later,
-- that replaces the journal. The dedupe key is not set.
-- RUN BY: apply
-- INCLUDE: now
-- KEYS: dedupe, journal, refused, planStream, resultStream, planIndex, trace
-- ARGV: digest, planId, refusedTtlMs, keepMs, state, symbol, action, detail, planFieldCount, ...fields
-- REPLY: refused entryId | duplicate | repeated
-- AT MAXMEMORY: refused
if redis.call('EXISTS', dedupe) == 1 or (tonumber(redis.call('HGET', journal, 'attempt') or '0') > 0) then return { 'duplicate' } end
if redis.call('GET', refused) == digest then return { 'repeated' } end
local now = now_ms()
local plan_fields, result_fields = {}, {}
local split = tonumber(planFieldCount)
for i = 1, split do plan_fields[#plan_fields + 1] = fields[i] end
for i = split + 1, #fields do result_fields[#result_fields + 1] = fields[i] end
local result_id = redis.call('XADD', resultStream, '*', 'timestamp', seconds(now), unpack(result_fields))
-- Nobody acts on the entry of a refused plan: where its stream cannot take it, the refusal is recorded without it.
local id = redis.pcall('XADD', planStream, '*', unpack(plan_fields))
if type(id) ~= 'string' then id = '' end
redis.call('SET', refused, digest, 'PX', refusedTtlMs)
redis.call('DEL', journal)
redis.call('HSET', journal, 'state', state, 'plan_id', planId, 'attempt', '0', 'symbol', symbol, 'action', action, 'entry_id', id,
  'published_ms', text(now), 'ended_ms', text(now), 'plan', cjson.encode(plan_fields), 'result', cjson.encode(result_fields),
  'result_id', result_id)
redis.call('PEXPIRE', journal, keepMs)
redis.call('ZADD', planIndex, text(now), planId)
redis.call('RPUSH', trace, cjson.encode({ step = 'refused', attempt = 0, at_ms = now, entry = id, detail = detail }))
redis.call('PEXPIRE', trace, keepMs)
return { 'refused', id }
