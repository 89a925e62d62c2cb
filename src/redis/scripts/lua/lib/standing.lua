-- The present request for a symbol. The hash and the stream of its strategy are one channel: the newest last_update_epoch counts.
-- Two stamps are the same request if proposal_id and action or share are equal. A strategy cannot withdraw the request of an
-- operator.
local FIELD_MAX = 512
local SHARES = { FULL_CLOSE_PROPOSED = 100, PARTIAL_75 = 75, PARTIAL_50 = 50, PARTIAL_25 = 25 }
local function from_strategy(source)
  return source == 'hash' or source == 'stream'
end
local function trimmed(value)
  return string.match(value or '', '^%s*(.-)%s*$')
end
-- The hash at this instant; false if there is none. Type and sizes are checked first, so that no value can make the script fail.
local function asked_by_hash(proposal)
  local kind = redis.call('TYPE', proposal)['ok']
  if kind == 'none' then return false end
  if kind ~= 'hash' then return { is_unreadable = true } end
  local longest = 0
  for _, field in ipairs({ 'harvest_action', 'proposal_id', 'new_sl_proposed', 'last_update_epoch', 'close_pct' }) do
    longest = math.max(longest, redis.call('HSTRLEN', proposal, field))
  end
  if longest > FIELD_MAX then return { is_unreadable = true } end
  local h = redis.call('HMGET', proposal, 'harvest_action', 'proposal_id', 'new_sl_proposed', 'last_update_epoch', 'close_pct')
  return { source = 'hash', action = trimmed(h[1]), proposal_id = trimmed(h[2]), stop = trimmed(h[3]), epoch = tonumber(trimmed(h[4])),
    close_pct = trimmed(h[5]) }
end
-- The newest request that Apply has recorded; false if there is none.
local function asked_by_record(record)
  local kind = redis.call('TYPE', record)['ok']
  if kind == 'none' then return false end
  if kind ~= 'hash' then return { is_unreadable = true } end
  local r = redis.call('HMGET', record, 'source', 'action', 'proposal_id', 'stop', 'epoch', 'generation', 'plan_id', 'close_pct',
    'operator_plan', 'episode', 'rejected')
  local asked = { source = r[1], action = r[2], proposal_id = r[3], stop = r[4] or '', epoch = tonumber(r[5] or '') or 0,
    generation = r[6] or '0', plan_id = r[7] or '', close_pct = r[8] or '', operator_plan = r[9] or '', episode = r[10] or '0',
    rejected = r[11] or '' }
  -- So far only an operator has asked for something.
  asked.is_empty = not r[2]
  return asked
end
-- Whether a plan is open, or waits for its next attempt.
local function is_under_way(plan_id, open_plans, retries)
  return plan_id ~= '' and (redis.call('ZSCORE', open_plans, plan_id) or redis.call('ZSCORE', retries, plan_id))
end
local function share_of(asked)
  if asked.action == 'CLOSE_PCT' then return tonumber(asked.close_pct) end
  return SHARES[asked.action]
end
local function same_request(a, b)
  if a.proposal_id ~= b.proposal_id then return false end
  local share = share_of(a)
  if share then return share == share_of(b) end
  return a.action == b.action
end
local function same_price(a, b)
  return a == b or (tonumber(a) ~= nil and tonumber(a) == tonumber(b))
end
-- The hash counts unless the stream has a newer request. An epoch that is not a number counts as the newest.
local function newest(hash, record)
  if record and record.is_empty then record = false end
  if not hash then return record end
  if record and record.source == 'stream' and record.epoch > (hash.epoch or math.huge) then return record end
  return hash
end
local function why_not(asked)
  if asked.is_unreadable or asked.action == '' or asked.action == 'HOLD' then return 'proposal_withdrawn' end
  return 'proposal_superseded'
end
-- Returns 'stands', or why a plan of this request must end. generation: of the record when the plan was published; '' skips the check.
-- request.stop: '' skips the check, because a new stop price is not another request.
local function still_stands(proposal, record_key, request, generation)
  if not from_strategy(request.source) then return 'stands' end
  local hash, record = asked_by_hash(proposal), asked_by_record(record_key)
  if request.source == 'hash' and not hash then return 'proposal_withdrawn' end
  local now_asked = newest(hash, record)
  if now_asked and not same_request(now_asked, request) then return why_not(now_asked) end
  if now_asked and request.action == 'UPDATE_SL' and request.stop ~= '' and not same_price(now_asked.stop, request.stop) then
    return 'proposal_superseded'
  end
  -- The same request came back after another one: plans from before that other one stay ended.
  if record and generation ~= '' and record.generation ~= generation then return 'proposal_superseded' end
  return 'stands'
end
-- What a script compares before it acts on a target: the bytes that are stored of the proposal, '' for none. A key of another type
-- reads as bytes that are no target.
local function stored_target(taken_up)
  local kind = redis.call('TYPE', taken_up)['ok']
  if kind ~= 'none' and kind ~= 'string' then return 'unreadable' end
  return redis.call('GET', taken_up) or ''
end
