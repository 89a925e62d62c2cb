-- recheck_claim: checks the conditions of the claim again before an order that was definitely not accepted is signed and sent again.
-- Its quantity may be smaller now.
-- RUN BY: apply
-- INCLUDE: now, guard, claim_conditions, standing, claim_refusal
-- KEYS: journal, killSwitch, arm, governorDisarm, hold, inflight, openPlans, trace, server, proposal, standing, suspended
-- ARGV: token, planId, attempt, quantity, signedMs, acceptMs, lastSeenKillSeq, lastSeenDisarmSeq
-- REPLY: claimed nowMs | taken state | expired | settling | kill_switch_active | disarmed | symbol_suspended | proposal_withdrawn | proposal_superseded | on_hold | in_flight
-- AT MAXMEMORY: refused
local plan = plan_of(journal)
if plan.state ~= 'CLAIMED' or plan.attempt ~= attempt or plan.claim_token ~= token then return { 'taken', plan.state } end
local now = now_ms()
local refusal = refusal_to_send(plan,
  { server = server, kill_switch = killSwitch, proposal = proposal, standing = standing, hold = hold, suspended = suspended },
  lastSeenKillSeq, is_disarmed(arm, governorDisarm, lastSeenDisarmSeq), now)
if refusal then return { refusal } end
if not guard_without(redis.call('GET', inflight) or '', planId .. ':' .. attempt) then return { 'in_flight' } end
local accept_until = text(now + tonumber(acceptMs))
redis.call('HSET', journal, 'quantity', quantity, 'signed_ms', signedMs, 'accept_until_ms', accept_until)
redis.call('ZADD', openPlans, accept_until, planId)
redis.call('RPUSH', trace, cjson.encode({ step = 'sent_again', attempt = tonumber(attempt), at_ms = now, quantity = quantity }))
return { 'claimed', text(now) }
