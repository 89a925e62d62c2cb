-- publish_plan: makes a plan exist. Dedupe, journal, deletion of what earlier attempts left, and the stream entry, all or nothing.
-- A strategy's proposal has one plan at a time: while that is open or waits for its next attempt, a re-stamp makes none.
-- RUN BY: apply
-- INCLUDE: now, wanted
-- KEYS: dedupe, journal, openPlans, retries, planStream, governorPermit, positionPermit, governorBlock, planIndex, trace, wanted
-- ARGV: token, planId, attempt, mode, dedupeTtlMs, windowMs, maxAttempts, freshUntilMs, symbol, action, proposal, ...fields
-- REPLY: published entryId publishedMs deadlineMs | duplicate | attempt_is attempt | backing_off retryAtMs | exhausted | open_plan planId
-- AT MAXMEMORY: refused
local attempt_number = tonumber(attempt)
local now = now_ms()

local j = redis.call('HMGET', journal, 'state', 'attempt', 'publish_token', 'entry_id', 'published_ms', 'deadline_ms', 'retry_at_ms',
  'mode', 'tries')
if j[3] == token then return { 'published', j[4], j[5], j[6] } end
local named = {}
for i = 1, #fields, 2 do named[fields[i]] = fields[i + 1] end
local word = { source = named['source'] or '', action = action, proposal_id = named['proposal_id'] or '' }
local record = from_strategy(word.source) and word_of_record(wanted)
local is_wanted = record and same_word(record, word)
if is_wanted and record.plan_id ~= '' and record.plan_id ~= planId then
  local other = record.plan_id
  if redis.call('ZSCORE', openPlans, other) or redis.call('ZSCORE', retries, other) then return { 'open_plan', other } end
end
local state = j[1]
if state == 'PUBLISHED' or state == 'WAITING' or state == 'CLAIMED' or state == 'UNKNOWN' then return { 'duplicate' } end
-- What ran dry may run for real; what ran for real never runs again.
local seen = redis.call('GET', dedupe)
local ran_dry = j[8] == 'dry_run' and mode ~= 'dry_run'
if seen and not (seen == 'dry_run' and mode ~= 'dry_run') then return { 'duplicate' } end
local last = tonumber(j[2] or '0')
if last + 1 ~= attempt_number then return { 'attempt_is', text(last) } end
local tries = 0
if last > 0 and not ran_dry then
  tries = tonumber(j[9] or '0')
  if not j[7] then return { 'duplicate' } end
  if now < tonumber(j[7]) then return { 'backing_off', j[7] } end
  if tries >= tonumber(maxAttempts) then return { 'exhausted' } end
end

local deadline = now + tonumber(windowMs)
local id = redis.call('XADD', planStream, '*', unpack(fields))
redis.call('DEL', journal, governorPermit, positionPermit, governorBlock)
redis.call('HSET', journal, 'state', 'PUBLISHED', 'plan_id', planId, 'attempt', attempt, 'tries', text(tries + 1), 'mode', mode,
  'symbol', symbol, 'action', action, 'entry_id', id, 'published_ms', text(now), 'deadline_ms', text(deadline),
  'fresh_until_ms', freshUntilMs, 'publish_token', token, 'proposal', proposal, 'plan', cjson.encode(fields),
  'source', word.source, 'proposal_id', word.proposal_id, 'generation', record and record.generation or '')
if is_wanted then redis.call('HSET', wanted, 'plan_id', planId) end
redis.call('SET', dedupe, mode, 'PX', dedupeTtlMs)
redis.call('ZADD', openPlans, text(deadline), planId)
redis.call('ZREM', retries, planId)
redis.call('ZADD', planIndex, text(now), planId)
redis.call('RPUSH', trace, cjson.encode({ step = 'published', attempt = attempt_number, at_ms = now, entry = id, mode = mode }))
redis.call('PERSIST', trace)
return { 'published', id, text(now), text(deadline) }
