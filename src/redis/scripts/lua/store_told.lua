-- store_told: stores what one channel was told, if this process still sends the messages.
-- RUN BY: every role
-- KEYS: notifyLeader, notifyTold
-- ARGV: token, channel, told, keepMs
-- REPLY: stored | not_leader
-- AT MAXMEMORY: allowed
if string.match(redis.call('GET', notifyLeader) or '', '^(%S+) ') ~= token then return { 'not_leader' } end
redis.call('HSET', notifyTold, channel, told)
redis.call('PEXPIRE', notifyTold, keepMs)
return { 'stored' }
