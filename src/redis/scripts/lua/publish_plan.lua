-- publish_plan: publishes one attempt of a plan: writes dedupe key, journal and stream entry, and deletes the verdicts of earlier attempts,
-- all or nothing. With keepsManual, a Governor permit that a hand wrote stays: it names no attempt. A strategy's proposal has one plan at a time: while that plan is open or waits for its next attempt, a newer stamp
-- publishes no other, nor after a person has rejected the proposal in this episode. While a plan of an operator is open or waits, the strategy's plan waits. With persist, the target is stored in the
-- same step, if the standing proposal has not changed since it was read. With repeats, the plan sends a full close again before the
-- outcome of these orders is known: only once for each of them, a limited number of times, and within claimWithinMs of the first claim.
-- RUN BY: apply
-- INCLUDE: now, typed, guard, standing, rejected
-- KEYS: dedupe, journal, openPlans, retries, planStream, governorPermit, positionPermit, governorBlock, planIndex, trace, standing, takenUp, inflight, repeatedJournal
-- ARGV: token, planId, attempt, mode, dedupeTtlMs, windowMs, maxAttempts, freshUntilMs, symbol, action, proposal, continuation, continues, identity, persist, episode, startsEpisode, expectedTakenUp, takenUpValue, keepMs, repeats, repeatedAttempt, firstClaimedMs, resends, mostResends, claimWithinMs, clockSteps, keepsManual, ...fields
-- REPLY: published entryId publishedMs deadlineMs | duplicate | attempt_is attempt | backing_off retryAtMs | exhausted | open_plan planId | waits_for planId | rejected | standing_changed
-- AT MAXMEMORY: refused
local function is_by_hand(permit)
  if keepsManual ~= '1' or redis.call('TYPE', permit)['ok'] ~= 'string' or redis.call('STRLEN', permit) > 512 then return false end
  local is_json, read = pcall(cjson.decode, redis.call('GET', permit))
  if not is_json or type(read) ~= 'table' or read.granted ~= true then return false end
  return read.issuer == nil and read.mode == nil and read.symbol == nil and read.created_at == nil and read.plan_id == nil and read.attempt == nil
end
local attempt_number = tonumber(attempt)
local now = now_ms()

local j = redis.call('HMGET', journal, 'state', 'attempt', 'publish_token', 'entry_id', 'published_ms', 'deadline_ms', 'retry_at_ms',
  'mode', 'tries', 'first_claimed_ms', 'claimed_ms', 'resends', 'repeats')
if j[3] == token then return { 'published', j[4], j[5], j[6] } end
local named = {}
for i = 1, #fields, 2 do named[fields[i]] = fields[i + 1] end
local request = { source = named['source'] or '', action = action, close_pct = named['close_pct'] or '',
  proposal_id = named['proposal_id'] or '' }
local is_strategys = from_strategy(request.source)
local record = asked_by_record(standing)
if record and record.is_unreadable then return { 'standing_changed' } end
local is_asked = is_strategys and record and not record.is_empty and same_request(record, request)
if is_asked and record.plan_id ~= planId and record.plan_id ~= continues and is_under_way(record.plan_id, openPlans, retries) then
  return { 'open_plan', record.plan_id }
end
if is_asked and startsEpisode ~= '1' and is_rejected(record, identity) then return { 'rejected' } end
if is_strategys and record and record.operator_plan ~= planId and is_under_way(record.operator_plan, openPlans, retries) then
  -- Its own next attempt stays due, or that of the plan that it continues.
  local due = continues == '' and planId or continues
  if redis.call('ZSCORE', retries, due) then redis.call('ZADD', retries, text(now + 1000), due) end
  return { 'waits_for', record.operator_plan }
end
if persist == '1' then
  if (record and record.episode or '0') ~= episode or stored_target(takenUp) ~= expectedTakenUp then return { 'standing_changed' } end
end
local state = j[1]
if state == 'PUBLISHED' or state == 'WAITING' or state == 'CLAIMED' or state == 'UNKNOWN' then return { 'duplicate' } end
-- After a dry run the same plan may run for real; after a real run it never runs again.
local seen = redis.call('GET', dedupe)
local ran_dry = j[8] == 'dry_run' and mode ~= 'dry_run'
if seen and not (seen == 'dry_run' and mode ~= 'dry_run') then return { 'duplicate' } end
local last = tonumber(j[2] or '0')
if last + 1 ~= attempt_number then return { 'attempt_is', text(last) } end
local tries = 0
if last > 0 and not ran_dry then
  tries = tonumber(j[9] or '0')
  if not j[7] then return { 'duplicate' } end
  -- The list of retries follows Redis' clock when that is set; the journal does not.
  local due = tonumber(redis.call('ZSCORE', retries, planId) or '0')
  if now < due then return { 'backing_off', text(due) } end
  if tries >= tonumber(maxAttempts) then return { 'exhausted' } end
end

local deadline = now + tonumber(windowMs)
-- The first order of the plan and how often it was sent again are kept over its attempts.
local first_claimed, sent_again = firstClaimedMs, tonumber(resends)
if last > 0 and firstClaimedMs == '' then
  first_claimed = j[10] or ''
  if first_claimed == '' then first_claimed = j[11] or '' end
  sent_again = tonumber(j[12] or '') or 0
  if j[11] and (j[13] or '') ~= '' then sent_again = sent_again + 1 end
end
local repeated = ''
if repeats ~= '' then
  local guarded = read('inflight', redis.pcall('GET', inflight))
  if guarded then
    repeated = repeats
    deadline = math.min(deadline, (tonumber(first_claimed) or 0) + tonumber(claimWithinMs))
    if not only_repeated(guarded, repeats) then return { 'duplicate' } end
    if now >= deadline or sent_again > tonumber(mostResends) then return { 'exhausted' } end
  end
  -- Without a guard the outcome of every repeated order is known, and this is an order like any other.
  if repeatedAttempt ~= '' then
    local r = redis.call('HMGET', repeatedJournal, 'state', 'attempt', 'repeated_by', 'withdrawn_ms')
    if not guarded or r[1] ~= 'UNKNOWN' or r[2] ~= repeatedAttempt or (r[3] and r[3] ~= planId) or r[4] then return { 'duplicate' } end
  end
end
local id = redis.call('XADD', planStream, '*', unpack(fields))
if repeatedAttempt ~= '' then redis.call('HSET', repeatedJournal, 'repeated_by', planId) end
if persist == '1' then
  if startsEpisode == '1' then redis.call('HINCRBY', standing, 'episode', 1) end
  -- Without a position to fix a target from, the claim fixes it. What is stored is of an episode that is over.
  if takenUpValue ~= '' then redis.call('SET', takenUp, takenUpValue, 'PX', keepMs) else redis.call('DEL', takenUp) end
end
if not is_by_hand(governorPermit) then redis.call('DEL', governorPermit) end
redis.call('DEL', journal, positionPermit, governorBlock)
redis.call('HSET', journal, 'state', 'PUBLISHED', 'plan_id', planId, 'attempt', attempt, 'tries', text(tries + 1), 'mode', mode,
  'symbol', symbol, 'action', action, 'entry_id', id, 'published_ms', text(now), 'deadline_ms', text(deadline),
  'clock_steps_ms', clockSteps,
  'fresh_until_ms', freshUntilMs, 'publish_token', token, 'proposal', proposal, 'plan', cjson.encode(fields),
  'source', request.source, 'proposal_id', request.proposal_id, 'close_pct', request.close_pct, 'identity', identity, 'continuation', continuation,
  'taken_up', takenUpValue, 'episode', startsEpisode == '1' and text(tonumber(episode) + 1) or episode,
  'generation', is_strategys and record and record.generation or '', 'first_claimed_ms', first_claimed, 'resends', text(sent_again),
  'repeats', repeated)
if is_asked then redis.call('HSET', standing, 'plan_id', planId) end
if not is_strategys then redis.call('HSET', standing, 'operator_plan', planId) end
redis.call('SET', dedupe, mode, 'PX', dedupeTtlMs)
redis.call('ZADD', openPlans, text(deadline), planId)
redis.call('ZREM', retries, planId)
redis.call('ZADD', planIndex, text(now), planId)
redis.call('RPUSH', trace, cjson.encode({ step = 'published', attempt = attempt_number, at_ms = now, entry = id, mode = mode }))
redis.call('PERSIST', trace)
return { 'published', id, text(now), text(deadline) }
