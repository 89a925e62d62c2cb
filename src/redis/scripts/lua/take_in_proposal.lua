-- take_in_proposal: what a proposal is judged beside, as of one instant. With takeIn the word of a strategy is noted where it is
-- the newest: an older one never replaces it, and the plan of the word that it
-- replaces comes back, to be ended, where it is open or waits for its next attempt.
-- RUN BY: apply
-- INCLUDE: now, wanted
-- KEYS: killSwitch, arm, governorDisarm, episode, snapshot, proposal, wanted, openPlans, retries
-- ARGV: takeIn, source, action, proposalId, stop, epoch, latestEpoch, generation
-- REPLY: context nowMs killSwitch arm governorDisarm episode snapshot standing replacedPlan isNewer
-- AT MAXMEMORY: allowed
local now = now_ms()
local word = { source = source, action = action, proposal_id = trimmed(proposalId), stop = trimmed(stop), epoch = tonumber(epoch) or 0 }

local function speaks_instead(proposal_key, record)
  local hash = word_of_hash(proposal_key)
  if word.source == 'hash' then return speaking(hash, record) end
  if hash and (hash.epoch or math.huge) >= word.epoch then return hash end
  if record and not record.is_unreadable and (not hash or record.source == 'stream') then
    -- Within one epoch a HOLD stands.
    if record.epoch > word.epoch or (record.epoch == word.epoch and record.action == 'HOLD') then return record end
  end
  return word
end

local stands, replaced, is_newer = 'stands', '', '0'
if takeIn == '0' then
  stands = standing(proposal, wanted, word, generation)
-- A time from the future is a fault: noted, nothing could ever be newer.
elseif from_strategy(word.source) and word.epoch <= now / 1000 + tonumber(latestEpoch) then
  local record = word_of_record(wanted)
  local says = speaks_instead(proposal, record)
  if not says then
    stands = 'proposal_withdrawn'
  elseif not same_word(says, word) then
    stands = why_not(says)
  elseif not record or record.is_unreadable or not same_word(record, word) then
    if record and record.is_unreadable then redis.call('DEL', wanted) end
    redis.call('HSET', wanted, 'source', word.source, 'action', word.action, 'proposal_id', word.proposal_id, 'stop', word.stop,
      'epoch', epoch, 'generation', text((record and tonumber(record.generation) or 0) + 1))
    redis.call('HDEL', wanted, 'plan_id')
    is_newer = '1'
    local plan_id = record and record.plan_id or ''
    if plan_id ~= '' and (redis.call('ZSCORE', openPlans, plan_id) or redis.call('ZSCORE', retries, plan_id)) then replaced = plan_id end
  elseif word.epoch > record.epoch then
    redis.call('HSET', wanted, 'source', word.source, 'stop', word.stop, 'epoch', epoch)
    -- A new price is a plan of its own; the plan of the old one is left to itself.
    if word.action == 'UPDATE_SL' and not same_price(record.stop, word.stop) then redis.call('HDEL', wanted, 'plan_id') end
    is_newer = '1'
  end
end
return { 'context', text(now), redis.call('GET', killSwitch) or '', redis.call('GET', arm) or '', redis.call('GET', governorDisarm) or '',
  redis.call('GET', episode) or '', redis.call('HMGET', snapshot, 'position_amt', 'mark_price', 'ts_ms', 'ts_epoch'), stands, replaced,
  is_newer }
