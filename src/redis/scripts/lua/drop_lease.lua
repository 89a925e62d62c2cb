-- drop_lease: releases a consumer name if this process still holds it. What it says about itself at its end is stored.
-- RUN BY: every role
-- INCLUDE: now
-- KEYS: lease, fleet
-- ARGV: token, instance, about
-- REPLY: dropped | not_ours
-- AT MAXMEMORY: allowed
if redis.call('GET', lease) ~= token then return { 'not_ours' } end
redis.call('DEL', lease)
if about ~= '' then redis.pcall('HSET', fleet, instance, text(now_ms()) .. ' ' .. about) end
return { 'dropped' }
