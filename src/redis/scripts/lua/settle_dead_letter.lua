-- settle_dead_letter: settles a dead letter for an operator, once: discards it, or delivers its entry again under its own id to the
-- group that it came from.
-- RUN BY: operator
-- INCLUDE: now
-- KEYS: deadLetters, settledDeadLetters, stream
-- ARGV: token, deadLetterId, outcome, by, reason, group, entryId, consumer, idleMs
-- REPLY: settled mark | already mark | absent | entry_gone | no_group
-- AT MAXMEMORY: allowed
local known = redis.call('HGET', settledDeadLetters, deadLetterId)
if known then
  if cjson.decode(known)['token'] == token then return { 'settled', known } end
  return { 'already', known }
end
if #redis.call('XRANGE', deadLetters, deadLetterId, deadLetterId) == 0 then return { 'absent' } end
if outcome == 'replayed' then
  if #redis.call('XRANGE', stream, entryId, entryId) == 0 then return { 'entry_gone' } end
  -- Pending again for this group only, with an idle time so high that any live consumer takes it over in its next round.
  local given = redis.pcall('XCLAIM', stream, group, consumer, 0, entryId, 'IDLE', idleMs, 'RETRYCOUNT', 0, 'FORCE', 'JUSTID')
  if given.err then
    if string.find(given.err, 'NOGROUP', 1, true) then return { 'no_group' } end
    return redis.error_reply(given.err)
  end
end
local mark = cjson.encode({ outcome = outcome, by = by, reason = reason, at_ms = now_ms(), token = token })
redis.call('HSET', settledDeadLetters, deadLetterId, mark)
-- Delete the marks of dead letters that were trimmed.
if redis.call('HLEN', settledDeadLetters) > 10000 then
  local function place(id)
    local ms, seq = string.match(id, '^(%d+)-(%d+)$')
    return tonumber(ms), tonumber(seq)
  end
  local oldest_ms, oldest_seq = place(redis.call('XRANGE', deadLetters, '-', '+', 'COUNT', 1)[1][1])
  for _, id in ipairs(redis.call('HKEYS', settledDeadLetters)) do
    local ms, seq = place(id)
    if ms < oldest_ms or (ms == oldest_ms and seq < oldest_seq) then redis.call('HDEL', settledDeadLetters, id) end
  end
end
return { 'settled', mark }
