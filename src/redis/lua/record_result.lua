-- record_result: the one terminal outcome of an attempt. Refuses an attempt that has ended, or is not in one of the states named.
-- INCLUDE: now, finish
-- KEYS: journal, governorPermit, positionPermit, inflight, openPlans, retries, resultStream, planStream, dedupe, trace, episode, unsettled
-- ARGV: token, planId, attempt, fromStates, onlyAfterDeadline, claimToken, state, guard, guardMs, retryAfterMs, maxTries, releaseDedupe, group, keepMs, episodeValue, episodeTtlMs, resolution, ...fields
-- REPLY: recorded resultId nowMs publishedMs | closed state | early remainingMs
-- AT MAXMEMORY: allowed
local journal = KEYS[1]
local token, plan_id, attempt = ARGV[1], ARGV[2], ARGV[3]
local j = redis.call('HMGET', journal, 'state', 'attempt', 'deadline_ms', 'result_token', 'result_id', 'claim_token', 'tries', 'fresh_until_ms', 'published_ms', 'entry_id')
local now = now_ms()
if j[2] == attempt and j[4] == token then return { 'recorded', j[5], text(now), j[9] } end
local state = j[1]
if not state or j[2] ~= attempt or not string.find(',' .. ARGV[4] .. ',', ',' .. state .. ',', 1, true) then return { 'closed', state or 'none' } end
if ARGV[6] ~= '' and j[6] ~= ARGV[6] then return { 'closed', state } end
if ARGV[5] == '1' and now < tonumber(j[3]) then return { 'early', text(tonumber(j[3]) - now) } end
local retry_at = ''
if ARGV[10] ~= '' and tonumber(j[7] or '1') < tonumber(ARGV[11]) and now + tonumber(ARGV[10]) < tonumber(j[8] or '0') then
  retry_at = text(now + tonumber(ARGV[10]))
end
-- Who settled it, and why, where a person did.
if ARGV[17] ~= '' then
  local resolved = cjson.decode(ARGV[17])
  resolved['step'], resolved['attempt'], resolved['at_ms'] = 'resolved', tonumber(attempt), now
  redis.call('RPUSH', KEYS[10], cjson.encode(resolved))
end
local fields = {}
for i = 18, #ARGV do fields[#fields + 1] = ARGV[i] end
local id = finish({ journal = journal, governor_permit = KEYS[2], position_permit = KEYS[3], inflight = KEYS[4], open = KEYS[5], retries = KEYS[6],
  result_stream = KEYS[7], plan_stream = KEYS[8], dedupe = KEYS[9], trace = KEYS[10], unsettled = KEYS[12] },
  { plan_id = plan_id, attempt = attempt, token = token, entry_id = j[10], state = ARGV[7], guard = ARGV[8], guard_ms = ARGV[9], retry_at = retry_at,
    group = ARGV[13], release_dedupe = ARGV[12], keep_ms = ARGV[14] }, fields, now)
if ARGV[15] ~= '' then redis.call('SET', KEYS[11], ARGV[15], 'PX', ARGV[16]) end
return { 'recorded', id, text(now), j[9] }
