-- recheck_claim: the claim's conditions once more, before an order that was definitely not accepted is signed anew and sent again.
-- INCLUDE: now, claim_conditions, wanted
-- KEYS: journal, killSwitch, arm, governorDisarm, hold, inflight, openPlans, trace, server, proposal, wanted
-- ARGV: token, planId, attempt, signedMs, acceptMs, killSeen, disarmSeen
-- REPLY: claimed nowMs | taken state | expired | settling | kill_switch_active | disarmed | proposal_withdrawn | proposal_superseded | on_hold | in_flight
-- AT MAXMEMORY: refused
local journal = KEYS[1]
local j = redis.call('HMGET', journal, 'state', 'attempt', 'deadline_ms', 'claim_token', 'source', 'action', 'proposal_id', 'generation')
if j[1] ~= 'CLAIMED' or j[2] ~= ARGV[3] or j[4] ~= ARGV[1] then return { 'taken', j[1] or 'none' } end
local now = now_ms()
if now >= tonumber(j[3]) then return { 'expired' } end
if settling(KEYS[9], now) then return { 'settling' } end
if kill_engaged(KEYS[2], ARGV[6]) then return { 'kill_switch_active' } end
if is_disarmed(KEYS[3], KEYS[4], ARGV[7]) then return { 'disarmed' } end
local stands = standing(KEYS[10], KEYS[11], { source = j[5], action = j[6], proposal_id = j[7], stop = '' }, j[8] or '')
if stands ~= 'stands' then return { stands } end
if redis.call('EXISTS', KEYS[5]) == 1 then return { 'on_hold' } end
if redis.call('GET', KEYS[6]) ~= ARGV[2] .. ':' .. ARGV[3] then return { 'in_flight' } end
local accept_until = text(now + tonumber(ARGV[5]))
redis.call('HSET', journal, 'signed_ms', ARGV[4], 'accept_until_ms', accept_until)
redis.call('ZADD', KEYS[7], accept_until, ARGV[2])
redis.call('RPUSH', KEYS[8], cjson.encode({ step = 'sent_again', attempt = tonumber(ARGV[3]), at_ms = now }))
return { 'claimed', text(now) }
