-- What the strategy of a symbol wants now. Its hash and its stream are one channel: the newest last_update_epoch speaks. A word
-- is an action with a proposal_id; a re-stamp is the same word. What an operator asked for is not the strategy's to withdraw.
local WORD_MAX = 512
local function from_strategy(source)
  return source == 'hash' or source == 'stream'
end
local function trimmed(value)
  return string.match(value or '', '^%s*(.-)%s*$')
end
-- The hash as it is at this instant; false where there is none. Type and sizes come first: no value may stop a script.
local function word_of_hash(proposal)
  local kind = redis.call('TYPE', proposal)['ok']
  if kind == 'none' then return false end
  if kind ~= 'hash' then return { is_unreadable = true } end
  local longest = math.max(redis.call('HSTRLEN', proposal, 'harvest_action'), redis.call('HSTRLEN', proposal, 'proposal_id'),
    redis.call('HSTRLEN', proposal, 'new_sl_proposed'), redis.call('HSTRLEN', proposal, 'last_update_epoch'))
  if longest > WORD_MAX then return { is_unreadable = true } end
  local h = redis.call('HMGET', proposal, 'harvest_action', 'proposal_id', 'new_sl_proposed', 'last_update_epoch')
  return { source = 'hash', action = trimmed(h[1]), proposal_id = trimmed(h[2]), stop = trimmed(h[3]), epoch = tonumber(trimmed(h[4])) }
end
-- The newest word that an Apply has taken in; false where there is none.
local function word_of_record(wanted)
  local kind = redis.call('TYPE', wanted)['ok']
  if kind == 'none' then return false end
  if kind ~= 'hash' then return { is_unreadable = true } end
  local r = redis.call('HMGET', wanted, 'source', 'action', 'proposal_id', 'stop', 'epoch', 'generation', 'plan_id')
  return { source = r[1], action = r[2], proposal_id = r[3], stop = r[4] or '', epoch = tonumber(r[5] or '') or 0, generation = r[6] or '0',
    plan_id = r[7] or '' }
end
local function same_word(a, b)
  return a.action == b.action and a.proposal_id == b.proposal_id
end
local function same_price(a, b)
  return a == b or (tonumber(a) ~= nil and tonumber(a) == tonumber(b))
end
-- The hash speaks unless the stream said something newer; an epoch that is no number counts as the newest.
local function speaking(hash, record)
  if not hash then return record end
  if record and record.source == 'stream' and record.epoch > (hash.epoch or math.huge) then return record end
  return hash
end
local function why_not(says)
  if says.is_unreadable or says.action == '' or says.action == 'HOLD' then return 'proposal_withdrawn' end
  return 'proposal_superseded'
end
-- 'stands', or why a plan of this word must not go on. generation: that of the record when the plan was published, '' to leave
-- it out. stop: '' to leave it out; a new price of a stop is no other word.
local function standing(proposal, wanted, word, generation)
  if not from_strategy(word.source) then return 'stands' end
  local hash, record = word_of_hash(proposal), word_of_record(wanted)
  if word.source == 'hash' and not hash then return 'proposal_withdrawn' end
  local says = speaking(hash, record)
  if says and not same_word(says, word) then return why_not(says) end
  if says and word.action == 'UPDATE_SL' and word.stop ~= '' and not same_price(says.stop, word.stop) then return 'proposal_superseded' end
  -- The same word after another one: what was published before that other one stays ended.
  if record and generation ~= '' and record.generation ~= generation then return 'proposal_superseded' end
  return 'stands'
end
