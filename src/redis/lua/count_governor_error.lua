-- count_governor_error: one evaluation error of the Governor's own, and how many there are in the rolling window.
-- INCLUDE: now
-- KEYS: governorErrors
-- ARGV: id, windowMs
-- REPLY: counted count
-- AT MAXMEMORY: allowed
local now = now_ms()
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', text(now - tonumber(ARGV[2])))
redis.call('ZADD', KEYS[1], text(now), ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return { 'counted', redis.call('ZCARD', KEYS[1]) }
