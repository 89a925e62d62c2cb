-- note_order: what is known about a claimed order so far. `unknown` moves it to UNKNOWN, for the resolver; `answered` says the venue took it.
-- INCLUDE: now
-- KEYS: journal, openPlans, trace
-- ARGV: planId, attempt, kind, detail, lookAgainMs
-- REPLY: noted nowMs | closed state
-- AT MAXMEMORY: allowed
local j = redis.call('HMGET', KEYS[1], 'state', 'attempt')
if j[2] ~= ARGV[2] or (j[1] ~= 'CLAIMED' and j[1] ~= 'UNKNOWN') then return { 'closed', j[1] or 'none' } end
local now = now_ms()
if ARGV[3] == 'unknown' then
  redis.call('HSET', KEYS[1], 'state', 'UNKNOWN')
  redis.call('HSETNX', KEYS[1], 'unknown_ms', text(now))
elseif ARGV[3] == 'answered' then
  redis.call('HSET', KEYS[1], 'answered_ms', text(now))
end
if ARGV[5] ~= '' then redis.call('ZADD', KEYS[2], text(now + tonumber(ARGV[5])), ARGV[1]) end
-- Looking is routine and told by what it finds.
if ARGV[3] ~= 'looking' then
  redis.call('RPUSH', KEYS[3], cjson.encode({ step = ARGV[3], attempt = tonumber(ARGV[2]), at_ms = now, detail = ARGV[4] }))
end
return { 'noted', text(now) }
