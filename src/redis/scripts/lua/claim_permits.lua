-- claim_permits: claims both permits, the last step before the bytes of an order are written to the socket. Deletes both permits, sets
-- the in-flight guard and marks the plan as claimed, or changes nothing.
-- RUN BY: apply
-- INCLUDE: now, guard, claim_conditions, standing, claim_refusal
-- KEYS: journal, governorPermit, positionPermit, killSwitch, arm, governorDisarm, hold, inflight, epoch, openPlans, trace, server, proposal, standing, takenUp, suspended
-- ARGV: token, planId, attempt, governorBytes, positionBytes, positionEpoch, governorExpiresMs, positionExpiresMs, clientOrderId, side, quantity, signedMs, acceptMs, lastSeenKillSeq, lastSeenDisarmSeq, expectedTakenUp, takenUpValue, left, smallest, keepMs
-- REPLY: claimed nowMs publishedMs | taken state | expired | settling | kill_switch_active | disarmed | symbol_suspended | proposal_withdrawn | proposal_superseded | on_hold | in_flight | position_changed | target_changed | permit_gone | permit_changed
-- AT MAXMEMORY: refused
local plan = plan_of(journal)
if plan.state == 'CLAIMED' and plan.attempt == attempt and plan.claim_token == token then
  return { 'claimed', plan.claimed_ms, plan.published_ms }
end
if plan.state ~= 'WAITING' or plan.attempt ~= attempt then return { 'taken', plan.state } end
local now = now_ms()
local refusal = refusal_to_claim(plan,
  { server = server, kill_switch = killSwitch, proposal = proposal, standing = standing, hold = hold, suspended = suspended, inflight = inflight, epoch = epoch,
    governor = governorPermit, position = positionPermit },
  lastSeenKillSeq, is_disarmed(arm, governorDisarm, lastSeenDisarmSeq),
  { governor = governorBytes, position = positionBytes, governor_expires_ms = governorExpiresMs, position_expires_ms = positionExpiresMs,
    epoch = positionEpoch }, now)
if refusal then return { refusal } end
if stored_target(takenUp) ~= expectedTakenUp then return { 'target_changed' } end

-- First what may be refused: a script that has written is not stopped at maxmemory, and an epoch that is no number stops the claim.
redis.call('INCR', epoch)
local repeated = plan.repeats ~= '' and redis.call('GET', inflight)
redis.call('SET', inflight, planId .. ':' .. attempt .. (repeated and ',' .. repeated or ''))
redis.call('DEL', governorPermit, positionPermit)
redis.call('SET', takenUp, takenUpValue, 'PX', keepMs)
redis.call('HSET', journal, 'state', 'CLAIMED', 'claim_token', token, 'claimed_ms', text(now), 'client_order_id', clientOrderId,
  'side', side, 'quantity', quantity, 'signed_ms', signedMs, 'accept_until_ms', text(now + tonumber(acceptMs)),
  'taken_up', takenUpValue, 'left', left, 'smallest', smallest)
redis.call('ZADD', openPlans, text(now + tonumber(acceptMs)), planId)
redis.call('RPUSH', trace,
  cjson.encode({ step = 'claimed', attempt = tonumber(attempt), at_ms = now, governor = governorBytes, p33 = positionBytes,
  client_order_id = clientOrderId, side = side, quantity = quantity }))
return { 'claimed', text(now), plan.published_ms }
