-- drop_lease: releases a consumer name if this process still holds it.
-- RUN BY: every role
-- KEYS: lease
-- ARGV: token
-- REPLY: dropped | not_ours
-- AT MAXMEMORY: allowed
if redis.call('GET', lease) ~= token then return { 'not_ours' } end
redis.call('DEL', lease)
return { 'dropped' }
