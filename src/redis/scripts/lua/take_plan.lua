-- take_plan: starts the wait of one attempt for its permits and returns the verdicts that exist already.
-- RUN BY: apply
-- INCLUDE: now
-- KEYS: journal, governorPermit, positionPermit, governorBlock, trace
-- ARGV: attempt, entryId, owner
-- REPLY: waiting nowMs publishedMs deadlineMs governorBytes positionBytes blockBytes takenUp episode identity repeats | expired state | closed state | superseded | other_entry entryId | no_journal
-- AT MAXMEMORY: refused
local j = redis.call('HMGET', journal, 'state', 'attempt', 'published_ms', 'deadline_ms', 'entry_id', 'taken_up', 'episode', 'identity', 'repeats')
if not j[1] then return { 'no_journal' } end
if tonumber(attempt) < tonumber(j[2] or '0') then return { 'superseded' } end
-- Only the entry that was published with an attempt is valid; a copy of it is refused.
if j[2] ~= attempt or j[5] ~= entryId then return { 'other_entry', j[5] or '' } end
if j[1] ~= 'PUBLISHED' and j[1] ~= 'WAITING' then return { 'closed', j[1] } end
local now = now_ms()
if now >= tonumber(j[4]) then return { 'expired', j[1] } end
if j[1] == 'PUBLISHED' then
  redis.call('HSET', journal, 'state', 'WAITING', 'owner', owner, 'waiting_ms', text(now))
  redis.call('RPUSH', trace, cjson.encode({ step = 'waiting', attempt = tonumber(attempt), at_ms = now, owner = owner }))
end
return { 'waiting', text(now), j[3], j[4], redis.call('GET', governorPermit) or '', redis.call('GET', positionPermit) or '',
  redis.call('GET', governorBlock) or '', j[6] or '', j[7] or '0', j[8] or '', j[9] or '' }
