-- publish_plan: makes a plan exist. Dedupe, journal, deletion of what earlier attempts left, and the stream entry, all or nothing.
-- A strategy's proposal has one plan at a time: while that is open or waits for its next attempt, a re-stamp makes none.
-- INCLUDE: now, wanted
-- KEYS: dedupe, journal, openPlans, retries, planStream, governorPermit, positionPermit, governorBlock, planIndex, trace, wanted
-- ARGV: token, planId, attempt, mode, dedupeTtlMs, windowMs, maxAttempts, freshUntilMs, symbol, action, proposal, ...fields
-- REPLY: published entryId publishedMs deadlineMs | duplicate | attempt_is attempt | backing_off retryAtMs | exhausted | open_plan planId
-- AT MAXMEMORY: refused
local dedupe, journal, open, retries, plan_stream = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local governor_permit, position_permit, governor_block, index, trace = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10]
local token, plan_id, attempt, mode = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local now = now_ms()

local j = redis.call('HMGET', journal, 'state', 'attempt', 'publish_token', 'entry_id', 'published_ms', 'deadline_ms', 'retry_at_ms', 'mode', 'tries')
if j[3] == token then return { 'published', j[4], j[5], j[6] } end
local named = {}
for i = 12, #ARGV, 2 do named[ARGV[i]] = ARGV[i + 1] end
local word = { source = named['source'] or '', action = ARGV[10], proposal_id = named['proposal_id'] or '' }
local record = from_strategy(word.source) and word_of_record(KEYS[11])
local is_wanted = record and same_word(record, word)
if is_wanted and record.plan_id ~= '' and record.plan_id ~= plan_id then
  local other = record.plan_id
  if redis.call('ZSCORE', open, other) or redis.call('ZSCORE', retries, other) then return { 'open_plan', other } end
end
local state = j[1]
if state == 'PUBLISHED' or state == 'WAITING' or state == 'CLAIMED' or state == 'UNKNOWN' then return { 'duplicate' } end
-- What ran dry may run for real; what ran for real never runs again.
local seen = redis.call('GET', dedupe)
local ran_dry = j[8] == 'dry_run' and mode ~= 'dry_run'
if seen and not (seen == 'dry_run' and mode ~= 'dry_run') then return { 'duplicate' } end
local last = tonumber(j[2] or '0')
if last + 1 ~= attempt then return { 'attempt_is', text(last) } end
local tries = 0
if last > 0 and not ran_dry then
  tries = tonumber(j[9] or '0')
  if not j[7] then return { 'duplicate' } end
  if now < tonumber(j[7]) then return { 'backing_off', j[7] } end
  if tries >= tonumber(ARGV[7]) then return { 'exhausted' } end
end

local deadline = now + tonumber(ARGV[6])
local fields = {}
for i = 12, #ARGV do fields[#fields + 1] = ARGV[i] end
local id = redis.call('XADD', plan_stream, '*', unpack(fields))
redis.call('DEL', journal, governor_permit, position_permit, governor_block)
redis.call('HSET', journal, 'state', 'PUBLISHED', 'plan_id', plan_id, 'attempt', ARGV[3], 'tries', text(tries + 1), 'mode', mode,
  'symbol', ARGV[9], 'action', ARGV[10], 'entry_id', id, 'published_ms', text(now), 'deadline_ms', text(deadline),
  'fresh_until_ms', ARGV[8], 'publish_token', token, 'proposal', ARGV[11], 'plan', cjson.encode(fields),
  'source', word.source, 'proposal_id', word.proposal_id, 'generation', record and record.generation or '')
if is_wanted then redis.call('HSET', KEYS[11], 'plan_id', plan_id) end
redis.call('SET', dedupe, mode, 'PX', ARGV[5])
redis.call('ZADD', open, text(deadline), plan_id)
redis.call('ZREM', retries, plan_id)
redis.call('ZADD', index, text(now), plan_id)
redis.call('RPUSH', trace, cjson.encode({ step = 'published', attempt = attempt, at_ms = now, entry = id, mode = mode }))
redis.call('PERSIST', trace)
return { 'published', id, text(now), text(deadline) }
