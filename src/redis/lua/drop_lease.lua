-- drop_lease: gives a consumer name back, if it is still ours.
-- KEYS: lease
-- ARGV: token
-- REPLY: dropped | not_ours
-- AT MAXMEMORY: allowed
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return { 'not_ours' } end
redis.call('DEL', KEYS[1])
return { 'dropped' }
