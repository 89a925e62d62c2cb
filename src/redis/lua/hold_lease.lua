-- hold_lease: takes or renews the right to a consumer name. A name that another live process uses is refused.
-- KEYS: lease
-- ARGV: token, ttlMs
-- REPLY: held | taken
-- AT MAXMEMORY: allowed
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return { 'taken' } end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return { 'held' }
