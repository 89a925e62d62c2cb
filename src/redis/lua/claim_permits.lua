-- claim_permits: the last step before the bytes of an order go to the socket. Both permits go, guard and intent come, or nothing changes.
-- INCLUDE: now, claim_conditions, wanted
-- KEYS: journal, governorPermit, positionPermit, killSwitch, arm, governorDisarm, hold, inflight, epoch, openPlans, trace, server, proposal, wanted
-- ARGV: token, planId, attempt, governorBytes, positionBytes, positionEpoch, governorExpiresMs, positionExpiresMs, clientOrderId, side, quantity, signedMs, acceptMs, killSeen, disarmSeen
-- REPLY: claimed nowMs publishedMs | taken state | expired | settling | kill_switch_active | disarmed | proposal_withdrawn | proposal_superseded | on_hold | in_flight | position_changed | permit_gone | permit_changed
-- AT MAXMEMORY: refused
local journal, inflight, epoch = KEYS[1], KEYS[8], KEYS[9]
local token, plan_id, attempt = ARGV[1], ARGV[2], ARGV[3]
local j = redis.call('HMGET', journal, 'state', 'attempt', 'deadline_ms', 'claim_token', 'claimed_ms', 'published_ms', 'source', 'action', 'proposal_id', 'generation')
if j[1] == 'CLAIMED' and j[2] == attempt and j[4] == token then return { 'claimed', j[5], j[6] } end
if j[1] ~= 'WAITING' or j[2] ~= attempt then return { 'taken', j[1] or 'none' } end
local now = now_ms()
if now >= tonumber(j[3]) then return { 'expired' } end
if settling(KEYS[12], now) then return { 'settling' } end
if kill_engaged(KEYS[4], ARGV[14]) then return { 'kill_switch_active' } end
if is_disarmed(KEYS[5], KEYS[6], ARGV[15]) then return { 'disarmed' } end
local stands = standing(KEYS[13], KEYS[14], { source = j[7], action = j[8], proposal_id = j[9], stop = '' }, j[10] or '')
if stands ~= 'stands' then return { stands } end
if redis.call('EXISTS', KEYS[7]) == 1 then return { 'on_hold' } end
if redis.call('EXISTS', inflight) == 1 then return { 'in_flight' } end
if ARGV[6] ~= '' and (redis.call('GET', epoch) or '0') ~= ARGV[6] then return { 'position_changed' } end
local permits = compare_permits(KEYS[2], KEYS[3], ARGV[4], ARGV[5], ARGV[7], ARGV[8], now)
if permits == 'gone' then return { 'permit_gone' } end
if permits == 'changed' then return { 'permit_changed' } end

-- The guard first: at maxmemory Redis refuses a script's first write, and only where that needs memory.
redis.call('SET', inflight, plan_id .. ':' .. attempt)
redis.call('DEL', KEYS[2], KEYS[3])
redis.call('INCR', epoch)
redis.call('HSET', journal, 'state', 'CLAIMED', 'claim_token', token, 'claimed_ms', text(now), 'client_order_id', ARGV[9], 'side', ARGV[10],
  'quantity', ARGV[11], 'signed_ms', ARGV[12], 'accept_until_ms', text(now + tonumber(ARGV[13])))
redis.call('ZADD', KEYS[10], text(now + tonumber(ARGV[13])), plan_id)
redis.call('RPUSH', KEYS[11], cjson.encode({ step = 'claimed', attempt = tonumber(attempt), at_ms = now, governor = ARGV[4], p33 = ARGV[5],
  client_order_id = ARGV[9], side = ARGV[10], quantity = ARGV[11] }))
return { 'claimed', text(now), j[6] }
