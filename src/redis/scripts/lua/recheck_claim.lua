-- recheck_claim: checks the conditions of the claim again, before an order that was definitely not accepted is signed anew and
-- sent again.
-- RUN BY: apply
-- INCLUDE: now, claim_conditions, wanted
-- KEYS: journal, killSwitch, arm, governorDisarm, hold, inflight, openPlans, trace, server, proposal, wanted
-- ARGV: token, planId, attempt, signedMs, acceptMs, lastSeenKillSeq, lastSeenDisarmSeq
-- REPLY: claimed nowMs | taken state | expired | settling | kill_switch_active | disarmed | proposal_withdrawn | proposal_superseded | on_hold | in_flight
-- AT MAXMEMORY: refused
local j = redis.call('HMGET', journal, 'state', 'attempt', 'deadline_ms', 'claim_token', 'source', 'action', 'proposal_id', 'generation')
if j[1] ~= 'CLAIMED' or j[2] ~= attempt or j[4] ~= token then return { 'taken', j[1] or 'none' } end
local now = now_ms()
if now >= tonumber(j[3]) then return { 'expired' } end
if settling(server, now) then return { 'settling' } end
if kill_engaged(killSwitch, lastSeenKillSeq) then return { 'kill_switch_active' } end
if is_disarmed(arm, governorDisarm, lastSeenDisarmSeq) then return { 'disarmed' } end
local stands = standing(proposal, wanted, { source = j[5], action = j[6], proposal_id = j[7], stop = '' }, j[8] or '')
if stands ~= 'stands' then return { stands } end
if redis.call('EXISTS', hold) == 1 then return { 'on_hold' } end
if redis.call('GET', inflight) ~= planId .. ':' .. attempt then return { 'in_flight' } end
local accept_until = text(now + tonumber(acceptMs))
redis.call('HSET', journal, 'signed_ms', signedMs, 'accept_until_ms', accept_until)
redis.call('ZADD', openPlans, accept_until, planId)
redis.call('RPUSH', trace, cjson.encode({ step = 'sent_again', attempt = tonumber(attempt), at_ms = now }))
return { 'claimed', text(now) }
