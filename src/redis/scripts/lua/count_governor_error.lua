-- count_governor_error: records one evaluation error of the Governor and returns how many there are in the rolling window.
-- RUN BY: governor
-- INCLUDE: now
-- KEYS: governorErrors
-- ARGV: id, windowMs
-- REPLY: counted count
-- AT MAXMEMORY: allowed
local now = now_ms()
redis.call('ZREMRANGEBYSCORE', governorErrors, '-inf', text(now - tonumber(windowMs)))
redis.call('ZADD', governorErrors, text(now), id)
redis.call('PEXPIRE', governorErrors, windowMs)
return { 'counted', redis.call('ZCARD', governorErrors) }
