-- claim_dry_run: claims a dry run and records its result in one step. It checks what a real claim checks, except the arm state,
-- because plans of a disarmed system are dry runs. It sets no guard and does not raise the position epoch.
-- RUN BY: apply
-- INCLUDE: now, typed, guard, claim_conditions, standing, claim_refusal, finish
-- KEYS: journal, governorPermit, positionPermit, killSwitch, hold, inflight, epoch, openPlans, retries, resultStream, planStream, dedupe, trace, server, proposal, standing, suspended
-- ARGV: token, planId, attempt, governorBytes, positionBytes, positionEpoch, governorExpiresMs, positionExpiresMs, state, group, keepMs, quantity, side, lastSeenKillSeq, ...fields
-- REPLY: claimed nowMs publishedMs | taken state | expired | settling | kill_switch_active | symbol_suspended | proposal_withdrawn | proposal_superseded | on_hold | in_flight | position_changed | permit_gone | permit_changed
-- AT MAXMEMORY: refused
local plan = plan_of(journal)
if plan.result_token == token then return { 'claimed', plan.ended_ms, plan.published_ms } end
if plan.state ~= 'WAITING' or plan.attempt ~= attempt or plan.mode ~= 'dry_run' then return { 'taken', plan.state } end
local now = now_ms()
local refusal = refusal_to_claim(plan,
  { server = server, kill_switch = killSwitch, proposal = proposal, standing = standing, hold = hold, suspended = suspended, inflight = inflight, epoch = epoch,
    governor = governorPermit, position = positionPermit },
  lastSeenKillSeq, false,
  { governor = governorBytes, position = positionBytes, governor_expires_ms = governorExpiresMs, position_expires_ms = positionExpiresMs,
    epoch = positionEpoch }, now)
if refusal then return { refusal } end
local wait = text(now - tonumber(plan.published_ms))
fields[#fields + 1] = 'wait_ms'
fields[#fields + 1] = wait
local id = append_result(resultStream, fields, now)
redis.call('RPUSH', trace,
  cjson.encode({ step = 'claimed', attempt = tonumber(attempt), at_ms = now, governor = governorBytes, p33 = positionBytes, side = side,
  quantity = quantity }))
redis.call('DEL', governorPermit, positionPermit)
redis.call('HSET', journal, 'claimed_ms', text(now))
finish({ journal = journal, open = openPlans, retries = retries, plan_stream = planStream, dedupe = dedupe,
  trace = trace },
  { plan_id = planId, attempt = attempt, token = token, entry_id = plan.entry_id, state = state, guard = 'free', guard_ms = '0', retry_at = '',
    group = group, release_dedupe = '0', keep_ms = keepMs }, fields, id, now)
return { 'claimed', text(now), plan.published_ms }
