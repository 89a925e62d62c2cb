-- take_plan: an Apply takes an attempt to wait for its permits; what is there already comes back at once.
-- INCLUDE: now
-- KEYS: journal, governorPermit, positionPermit, governorBlock, trace
-- ARGV: attempt, entryId, owner
-- REPLY: waiting nowMs publishedMs deadlineMs governorBytes positionBytes blockBytes | expired state | closed state | superseded | other_entry entryId | no_journal
-- AT MAXMEMORY: refused
local j = redis.call('HMGET', KEYS[1], 'state', 'attempt', 'published_ms', 'deadline_ms', 'entry_id')
if not j[1] then return { 'no_journal' } end
if tonumber(ARGV[1]) < tonumber(j[2] or '0') then return { 'superseded' } end
-- What an attempt does stands in the entry that was published with it, and in no copy of it.
if j[2] ~= ARGV[1] or j[5] ~= ARGV[2] then return { 'other_entry', j[5] or '' } end
if j[1] ~= 'PUBLISHED' and j[1] ~= 'WAITING' then return { 'closed', j[1] } end
local now = now_ms()
if now >= tonumber(j[4]) then return { 'expired', j[1] } end
if j[1] == 'PUBLISHED' then
  redis.call('HSET', KEYS[1], 'state', 'WAITING', 'owner', ARGV[3], 'waiting_ms', text(now))
  redis.call('RPUSH', KEYS[5], cjson.encode({ step = 'waiting', attempt = tonumber(ARGV[1]), at_ms = now, owner = ARGV[3] }))
end
return { 'waiting', text(now), j[3], j[4], redis.call('GET', KEYS[2]) or '', redis.call('GET', KEYS[3]) or '', redis.call('GET', KEYS[4]) or '' }
