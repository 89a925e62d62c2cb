-- settle_letter: a person's end of a dead letter, once: discarded, or its entry given back to the one group that set it aside, under its own id.
-- INCLUDE: now
-- KEYS: deadLetters, settledLetters, stream
-- ARGV: token, letterId, outcome, by, reason, group, entryId, consumer, idleMs
-- REPLY: settled mark | already mark | absent | entry_gone | no_group
-- AT MAXMEMORY: allowed
local letters, settled, stream = KEYS[1], KEYS[2], KEYS[3]
local letter_id, entry_id = ARGV[2], ARGV[7]
local known = redis.call('HGET', settled, letter_id)
if known then
  if cjson.decode(known)['token'] == ARGV[1] then return { 'settled', known } end
  return { 'already', known }
end
if #redis.call('XRANGE', letters, letter_id, letter_id) == 0 then return { 'absent' } end
if ARGV[3] == 'replayed' then
  if #redis.call('XRANGE', stream, entry_id, entry_id) == 0 then return { 'entry_gone' } end
  -- Pending again for this group alone, and idle for so long that any live consumer of it takes it over in its next round.
  local given = redis.pcall('XCLAIM', stream, ARGV[6], ARGV[8], 0, entry_id, 'IDLE', ARGV[9], 'RETRYCOUNT', 0, 'FORCE', 'JUSTID')
  if given.err then
    if string.find(given.err, 'NOGROUP', 1, true) then return { 'no_group' } end
    return redis.error_reply(given.err)
  end
end
local mark = cjson.encode({ outcome = ARGV[3], by = ARGV[4], reason = ARGV[5], at_ms = now_ms(), token = ARGV[1] })
redis.call('HSET', settled, letter_id, mark)
-- Marks go with their letters.
if redis.call('HLEN', settled) > 10000 then
  local function place(id)
    local ms, seq = string.match(id, '^(%d+)-(%d+)$')
    return tonumber(ms), tonumber(seq)
  end
  local oldest_ms, oldest_seq = place(redis.call('XRANGE', letters, '-', '+', 'COUNT', 1)[1][1])
  for _, id in ipairs(redis.call('HKEYS', settled)) do
    local ms, seq = place(id)
    if ms < oldest_ms or (ms == oldest_ms and seq < oldest_seq) then redis.call('HDEL', settled, id) end
  end
end
return { 'settled', mark }
