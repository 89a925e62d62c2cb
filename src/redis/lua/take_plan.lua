-- take_plan: an Apply takes an attempt to wait for its permits; what is there already comes back at once.
-- INCLUDE: now
-- KEYS: journal, governorPermit, positionPermit, governorBlock, trace
-- ARGV: attempt, owner
-- REPLY: waiting nowMs publishedMs deadlineMs governorBytes positionBytes blockBytes | expired state | closed state | no_journal
local j = redis.call('HMGET', KEYS[1], 'state', 'attempt', 'published_ms', 'deadline_ms')
if not j[1] then return { 'no_journal' } end
if j[2] ~= ARGV[1] or (j[1] ~= 'PUBLISHED' and j[1] ~= 'WAITING') then return { 'closed', j[1] } end
local now = now_ms()
if now >= tonumber(j[4]) then return { 'expired', j[1] } end
if j[1] == 'PUBLISHED' then
  redis.call('HSET', KEYS[1], 'state', 'WAITING', 'owner', ARGV[2], 'waiting_ms', text(now))
  redis.call('RPUSH', KEYS[5], cjson.encode({ step = 'waiting', attempt = tonumber(ARGV[1]), at_ms = now, owner = ARGV[2] }))
end
return { 'waiting', text(now), j[3], j[4], redis.call('GET', KEYS[2]) or '', redis.call('GET', KEYS[3]) or '', redis.call('GET', KEYS[4]) or '' }
