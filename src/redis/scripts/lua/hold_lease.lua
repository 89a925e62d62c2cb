-- hold_lease: takes or renews the lease on a consumer name. Refused while another live process holds it.
-- RUN BY: every role
-- KEYS: lease
-- ARGV: token, ttlMs
-- REPLY: held | taken
-- AT MAXMEMORY: allowed
local owner = redis.call('GET', lease)
if owner and owner ~= token then return { 'taken' } end
redis.call('SET', lease, token, 'PX', ttlMs)
return { 'held' }
