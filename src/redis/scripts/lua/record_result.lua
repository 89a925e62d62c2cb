-- record_result: records the final outcome of an attempt. Refused for an attempt that has ended already or is in none of the
-- given states. With waitsForApproval the plan waits for a person while its proposal is fresh: that counts as no try.
-- RUN BY: apply, operator (resolves an order by hand)
-- INCLUDE: now, typed, guard, finish
-- KEYS: journal, governorPermit, positionPermit, inflight, openPlans, retries, resultStream, planStream, dedupe, trace, takenUp, unsettled, approval
-- ARGV: token, planId, attempt, fromStates, onlyAfterDeadline, claimToken, state, guard, guardMs, retryAfterMs, maxTries, releaseDedupe, group, keepMs, takenUpValue, continueAfterMs, resumable, resolution, waitsForApproval, ...fields
-- REPLY: recorded resultId nowMs publishedMs | closed state | early remainingMs
-- AT MAXMEMORY: allowed
local j = redis.call('HMGET', journal, 'state', 'attempt', 'deadline_ms', 'result_token', 'result_id', 'claim_token', 'tries',
  'fresh_until_ms', 'published_ms', 'entry_id', 'withdrawn_ms')
local now = now_ms()
if j[2] == attempt and j[4] == token then return { 'recorded', j[5], text(now), j[9] } end
local stored_state = j[1]
if not stored_state or j[2] ~= attempt or not string.find(',' .. fromStates .. ',', ',' .. stored_state .. ',', 1, true) then
  return { 'closed', stored_state or 'none' }
end
if claimToken ~= '' and j[6] ~= claimToken then return { 'closed', stored_state } end
-- A plan from the future was published before Redis' clock was set back: its window is over.
if onlyAfterDeadline == '1' and now < tonumber(j[3]) and now >= tonumber(j[9] or '0') then return { 'early', text(tonumber(j[3]) - now) } end
local retry_at = ''
if retryAfterMs ~= '' and tonumber(j[7] or '1') < tonumber(maxTries) and now + tonumber(retryAfterMs) < tonumber(j[8] or '0') then
  retry_at = text(now + tonumber(retryAfterMs))
end
-- The rest of a close runs as the next continuation, whatever the age of the proposal.
if continueAfterMs ~= '' then retry_at = text(now + tonumber(continueAfterMs)) end
if waitsForApproval == '1' then retry_at = text(tonumber(j[8] or '') or now) end
-- An operator withdrew it while its order was open: nothing more of it is sent.
if j[11] then retry_at = '' end
local id = append_result(resultStream, fields, now)
-- If an operator settled the attempt: who and why.
if resolution ~= '' then
  local resolved = cjson.decode(resolution)
  resolved['step'], resolved['attempt'], resolved['at_ms'] = 'resolved', tonumber(attempt), now
  redis.call('RPUSH', trace, cjson.encode(resolved))
end
finish({ journal = journal, governor_permit = governorPermit, position_permit = positionPermit, inflight = inflight,
  open = openPlans, retries = retries, plan_stream = planStream, dedupe = dedupe, trace = trace,
  unsettled = unsettled },
  { plan_id = planId, attempt = attempt, token = token, entry_id = j[10], state = state, guard = guard, guard_ms = guardMs,
  retry_at = retry_at, group = group, release_dedupe = releaseDedupe, keep_ms = keepMs }, fields, id, now)
-- Nothing was sent. If the same proposal is asked for again, it runs as the next attempt.
if resumable == '1' then
  redis.call('HSET', journal, 'retry_at_ms', text(now))
  redis.call('DEL', dedupe)
  -- A person is asked again then.
  redis.call('DEL', approval)
end
if waitsForApproval == '1' then redis.call('HINCRBY', journal, 'tries', -1) end
if takenUpValue ~= '' then redis.call('SET', takenUp, takenUpValue, 'PX', keepMs) end
return { 'recorded', id, text(now), j[9] }
