-- take_in_proposal: what a proposal is judged beside, as of one instant. With takeIn it is noted as what the strategy asks for now,
-- if it is the newest; the plan of what it replaces comes back, to be ended, where that is open or waits for its next attempt. A
-- HOLD begins another episode of the symbol. Over a record of another type nothing is noted: its episode is lost with it, and the
-- answer says so. A snapshot or ledger of another type is read as none. The evidence that
-- a plan of it carries to both issuers is read in the same step, as JSON; '' where a key is of another type.
-- RUN BY: apply
-- INCLUDE: now, typed, standing, guard, claim_conditions, governor_evidence, position_evidence
-- KEYS: killSwitch, arm, governorDisarm, snapshot, ledger, proposal, standing, takenUp, openPlans, retries, inflight, unsettled, suspended, hold, epoch, ledgerSeen, executions, usage
-- ARGV: takeIn, source, action, closePct, proposalId, stop, stamp, latestEpoch, generation, keepMs
-- REPLY: context nowMs killSwitch arm governorDisarm snapshot ledger isSettled stands replacedPlan isNewer episode takenUp isSuspended governorEvidence positionEvidence
-- AT MAXMEMORY: allowed
local now = now_ms()
local request = { source = source, action = action, close_pct = trimmed(closePct), proposal_id = trimmed(proposalId), stop = trimmed(stop),
  epoch = tonumber(stamp) or 0 }

local function counts_instead(proposal_key, record)
  local hash = asked_by_hash(proposal_key)
  if request.source == 'hash' then return newest(hash, record) end
  if hash and (hash.epoch or math.huge) >= request.epoch then return hash end
  if record and not record.is_empty and (not hash or record.source == 'stream') then
    -- Within one epoch a HOLD stands.
    if record.epoch > request.epoch or (record.epoch == request.epoch and record.action == 'HOLD') then return record end
  end
  return request
end

local stands, replaced, is_newer = 'stands', '', '0'
local record = asked_by_record(standing)
-- Only a clock that was set back leaves a stamp from the future: any new stamp is newer.
if record and takeIn ~= '0' and (record.epoch or 0) > now / 1000 + tonumber(latestEpoch) then record.epoch = 0 end
local is_unreadable = record and record.is_unreadable
local episode = is_unreadable and 'unreadable' or record and record.episode or '0'
if takeIn == '0' then
  stands = still_stands(proposal, standing, request, generation)
-- A time from the future is a fault: noted, nothing could ever be newer.
elseif not is_unreadable and from_strategy(request.source) and request.epoch <= now / 1000 + tonumber(latestEpoch) then
  local asked = counts_instead(proposal, record)
  if not asked then
    stands = 'proposal_withdrawn'
  elseif not same_request(asked, request) then
    stands = why_not(asked)
  elseif not record or record.is_empty or not same_request(record, request) then
    redis.call('HSET', standing, 'source', request.source, 'action', request.action, 'close_pct', request.close_pct,
      'proposal_id', request.proposal_id, 'stop', request.stop, 'epoch', stamp,
      'generation', text((record and tonumber(record.generation) or 0) + 1))
    redis.call('HDEL', standing, 'plan_id')
    if request.action == 'HOLD' then episode = text(redis.call('HINCRBY', standing, 'episode', 1)) end
    is_newer = '1'
    local plan_id = record and record.plan_id or ''
    if is_under_way(plan_id, openPlans, retries) then replaced = plan_id end
  elseif request.epoch > record.epoch then
    redis.call('HSET', standing, 'source', request.source, 'action', request.action, 'close_pct', request.close_pct, 'stop', request.stop,
      'epoch', stamp)
    -- A new stop price gets its own plan; an attempt with the old price goes on, but has no next one.
    if request.action == 'UPDATE_SL' and not same_price(record.stop, request.stop) then
      redis.call('HDEL', standing, 'plan_id')
      if record.plan_id ~= '' and redis.call('ZSCORE', retries, record.plan_id) then replaced = record.plan_id end
    end
    is_newer = '1'
  end
end
local stored = stored_target(takenUp)
if stored ~= '' and is_newer == '1' then redis.call('PEXPIRE', takenUp, keepMs) end
-- While an order of ours is open, or its fill has not reached the ledger, no target is fixed from the position. A foreign
-- Position Brain does not remove the mark of that fill: then it counts for a minute.
local is_settled = redis.call('EXISTS', inflight) == 0 and redis.call('PTTL', unsettled) < tonumber(keepMs) - 60000
local governor_rows = governor_evidence({ snapshot = snapshot, executions = executions, usage = usage, kill_switch = killSwitch, arm = arm,
  governor_disarm = governorDisarm, suspended = suspended }, now)
local position_rows = position_evidence({ snapshot = snapshot, ledger = ledger, hold = hold, inflight = inflight, unsettled = unsettled,
  epoch = epoch, ledger_seen = ledgerSeen, kill_switch = killSwitch, arm = arm, governor_disarm = governorDisarm, suspended = suspended }, '')
local is_readable = governor_rows and #wrong_types == 0
return { 'context', text(now), redis.call('GET', killSwitch) or '', redis.call('GET', arm) or '', redis.call('GET', governorDisarm) or '',
  read('snapshot', redis.pcall('HMGET', snapshot, 'position_amt', 'mark_price', 'ts_ms', 'ts_epoch', 'clock_steps_ms')) or {},
  read('ledger', redis.pcall('HMGET', ledger, 'last_known_amt', 'last_fill_ms')) or {}, is_settled and '1' or '0', stands, replaced, is_newer,
  episode, stored, redis.call('EXISTS', suspended) == 1 and '1' or '0', is_readable and cjson.encode(governor_rows) or '',
  is_readable and cjson.encode(position_rows) or '' }
