-- drop_plan: takes an old plan off the list. If it has ended and no order was ever claimed for it, its journal and trace are deleted; all
-- others stay until they expire.
-- RUN BY: apply
-- KEYS: journal, trace, planIndex
-- ARGV: planId
-- REPLY: deleted | kept
-- AT MAXMEMORY: allowed
redis.call('ZREM', planIndex, planId)
local kind = redis.call('TYPE', journal)['ok']
if kind ~= 'hash' then return { 'kept' } end
local j = redis.call('HMGET', journal, 'ended_ms', 'claimed_ms', 'first_claimed_ms', 'retry_at_ms')
local was_claimed = (j[2] or '') ~= '' or (j[3] or '') ~= ''
if not j[1] or was_claimed or j[4] then return { 'kept' } end
redis.call('DEL', journal)
redis.call('DEL', trace)
return { 'deleted' }
