-- claim_permits: the last step before the bytes of an order are written to the socket. Deletes both permits, sets the in-flight
-- guard and marks the plan as claimed, or changes nothing.
-- RUN BY: apply
-- INCLUDE: now, claim_conditions, wanted
-- KEYS: journal, governorPermit, positionPermit, killSwitch, arm, governorDisarm, hold, inflight, epoch, openPlans, trace, server, proposal, wanted
-- ARGV: token, planId, attempt, governorBytes, positionBytes, positionEpoch, governorExpiresMs, positionExpiresMs, clientOrderId, side, quantity, signedMs, acceptMs, lastSeenKillSeq, lastSeenDisarmSeq
-- REPLY: claimed nowMs publishedMs | taken state | expired | settling | kill_switch_active | disarmed | proposal_withdrawn | proposal_superseded | on_hold | in_flight | position_changed | permit_gone | permit_changed
-- AT MAXMEMORY: refused
local j = redis.call('HMGET', journal, 'state', 'attempt', 'deadline_ms', 'claim_token', 'claimed_ms', 'published_ms', 'source', 'action',
  'proposal_id', 'generation')
if j[1] == 'CLAIMED' and j[2] == attempt and j[4] == token then return { 'claimed', j[5], j[6] } end
if j[1] ~= 'WAITING' or j[2] ~= attempt then return { 'taken', j[1] or 'none' } end
local now = now_ms()
if now >= tonumber(j[3]) then return { 'expired' } end
if settling(server, now) then return { 'settling' } end
if kill_engaged(killSwitch, lastSeenKillSeq) then return { 'kill_switch_active' } end
if is_disarmed(arm, governorDisarm, lastSeenDisarmSeq) then return { 'disarmed' } end
local stands = standing(proposal, wanted, { source = j[7], action = j[8], proposal_id = j[9], stop = '' }, j[10] or '')
if stands ~= 'stands' then return { stands } end
if redis.call('EXISTS', hold) == 1 then return { 'on_hold' } end
if redis.call('EXISTS', inflight) == 1 then return { 'in_flight' } end
if positionEpoch ~= '' and (redis.call('GET', epoch) or '0') ~= positionEpoch then return { 'position_changed' } end
local permits = compare_permits(governorPermit, positionPermit, governorBytes, positionBytes, governorExpiresMs, positionExpiresMs, now)
if permits == 'gone' then return { 'permit_gone' } end
if permits == 'changed' then return { 'permit_changed' } end

-- The guard first: at maxmemory Redis refuses a script's first write, and only where that needs memory.
redis.call('SET', inflight, planId .. ':' .. attempt)
redis.call('DEL', governorPermit, positionPermit)
redis.call('INCR', epoch)
redis.call('HSET', journal, 'state', 'CLAIMED', 'claim_token', token, 'claimed_ms', text(now), 'client_order_id', clientOrderId,
  'side', side, 'quantity', quantity, 'signed_ms', signedMs, 'accept_until_ms', text(now + tonumber(acceptMs)))
redis.call('ZADD', openPlans, text(now + tonumber(acceptMs)), planId)
redis.call('RPUSH', trace,
  cjson.encode({ step = 'claimed', attempt = tonumber(attempt), at_ms = now, governor = governorBytes, p33 = positionBytes,
  client_order_id = clientOrderId, side = side, quantity = quantity }))
return { 'claimed', text(now), j[6] }
