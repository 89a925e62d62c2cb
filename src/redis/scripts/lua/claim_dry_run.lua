-- claim_dry_run: the claim and the result of a dry run in one step. It checks what a real claim checks, except the arm state: a
-- disarmed system is a dry run. It sets no guard and does not raise the position epoch.
-- RUN BY: apply
-- INCLUDE: now, claim_conditions, wanted, finish
-- KEYS: journal, governorPermit, positionPermit, killSwitch, hold, inflight, epoch, openPlans, retries, resultStream, planStream, dedupe, trace, server, proposal, wanted
-- ARGV: token, planId, attempt, governorBytes, positionBytes, positionEpoch, governorExpiresMs, positionExpiresMs, state, group, keepMs, quantity, side, lastSeenKillSeq, ...fields
-- REPLY: claimed nowMs publishedMs | taken state | expired | settling | kill_switch_active | proposal_withdrawn | proposal_superseded | on_hold | in_flight | position_changed | permit_gone | permit_changed
-- AT MAXMEMORY: refused
local j = redis.call('HMGET', journal, 'state', 'attempt', 'deadline_ms', 'result_token', 'ended_ms', 'published_ms', 'mode', 'entry_id',
  'source', 'action', 'proposal_id', 'generation')
if j[4] == token then return { 'claimed', j[5], j[6] } end
if j[1] ~= 'WAITING' or j[2] ~= attempt or j[7] ~= 'dry_run' then return { 'taken', j[1] or 'none' } end
local now = now_ms()
if now >= tonumber(j[3]) then return { 'expired' } end
if settling(server, now) then return { 'settling' } end
if kill_engaged(killSwitch, lastSeenKillSeq) then return { 'kill_switch_active' } end
local stands = standing(proposal, wanted, { source = j[9], action = j[10], proposal_id = j[11], stop = '' }, j[12] or '')
if stands ~= 'stands' then return { stands } end
if redis.call('EXISTS', hold) == 1 then return { 'on_hold' } end
if redis.call('EXISTS', inflight) == 1 then return { 'in_flight' } end
if positionEpoch ~= '' and (redis.call('GET', epoch) or '0') ~= positionEpoch then return { 'position_changed' } end
local permits = compare_permits(governorPermit, positionPermit, governorBytes, positionBytes, governorExpiresMs, positionExpiresMs, now)
if permits == 'gone' then return { 'permit_gone' } end
if permits == 'changed' then return { 'permit_changed' } end
redis.call('RPUSH', trace,
  cjson.encode({ step = 'claimed', attempt = tonumber(attempt), at_ms = now, governor = governorBytes, p33 = positionBytes, side = side,
  quantity = quantity }))
redis.call('DEL', governorPermit, positionPermit)
local wait = text(now - tonumber(j[6]))
fields[#fields + 1] = 'wait_ms'
fields[#fields + 1] = wait
redis.call('HSET', journal, 'claimed_ms', text(now))
finish({ journal = journal, open = openPlans, retries = retries, result_stream = resultStream, plan_stream = planStream, dedupe = dedupe,
  trace = trace },
  { plan_id = planId, attempt = attempt, token = token, entry_id = j[8], state = state, guard = 'free', guard_ms = '0', retry_at = '',
    group = group, release_dedupe = '0', keep_ms = keepMs }, fields, now)
return { 'claimed', text(now), j[6] }
