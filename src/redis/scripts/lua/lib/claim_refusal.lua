-- These functions return the reply word of the first condition that does not hold, or false if all hold. Orders and dry runs share them.
-- They only read.
-- The plan's journal, by field name. Its request has no stop price, because a new stop price does not end a waiting plan.
local function plan_of(journal)
  local j = redis.call('HMGET', journal, 'state', 'attempt', 'mode', 'deadline_ms', 'published_ms', 'entry_id', 'source', 'action',
    'proposal_id', 'generation', 'claim_token', 'claimed_ms', 'result_token', 'ended_ms', 'close_pct', 'repeats')
  return { state = j[1] or 'none', attempt = j[2], mode = j[3], deadline_ms = j[4], published_ms = j[5], entry_id = j[6], source = j[7],
    action = j[8], proposal_id = j[9], generation = j[10] or '', stop = '', claim_token = j[11], claimed_ms = j[12], result_token = j[13],
    ended_ms = j[14], close_pct = j[15] or '', repeats = j[16] or '' }
end
-- The conditions of a claim and of every further send. disarmed: false for a dry run.
local function refusal_to_send(plan, keys, kill_seq, disarmed, now)
  -- A plan from the future was published before Redis' clock was set back: its window is not known.
  if now >= tonumber(plan.deadline_ms) or now < tonumber(plan.published_ms) then return 'expired' end
  if settling(keys.server, now) then return 'settling' end
  if kill_engaged(keys.kill_switch, kill_seq) then return 'kill_switch_active' end
  if disarmed then return 'disarmed' end
  if redis.call('EXISTS', keys.suspended) == 1 then return 'symbol_suspended' end
  local stands = still_stands(keys.proposal, keys.standing, plan, plan.generation)
  if stands ~= 'stands' then return stands end
  if redis.call('EXISTS', keys.hold) == 1 then return 'on_hold' end
  return false
end
-- Whether the guard names only unknown orders that this plan repeats. Any other plan waits for their outcome.
local function repeats_guarded(plan, inflight)
  return plan.repeats ~= '' and only_repeated(redis.pcall('GET', inflight), plan.repeats)
end
-- Further conditions of a claim: no other order on the symbol, the position epoch of the permit, both permits as they were verified.
local function refusal_to_claim(plan, keys, kill_seq, disarmed, permits, now)
  local refusal = refusal_to_send(plan, keys, kill_seq, disarmed, now)
  if refusal then return refusal end
  if redis.call('EXISTS', keys.inflight) == 1 and not repeats_guarded(plan, keys.inflight) then return 'in_flight' end
  if permits.epoch ~= '' and (redis.call('GET', keys.epoch) or '0') ~= permits.epoch then return 'position_changed' end
  local found = compare_permits(keys.governor, keys.position, permits, now)
  if found == 'gone' then return 'permit_gone' end
  if found == 'changed' then return 'permit_changed' end
  return false
end
