-- read_backlog: the entries of a stream after `from` up to `to` ('+' for the newest), oldest first, at most `count`, and the ids up to `to`
-- that the group has read and not acknowledged. Of an entry that is larger than mostBytes only its size comes back.
-- RUN BY: operator
-- INCLUDE: now, measured, stream_info
-- KEYS: stream
-- ARGV: group, from, to, count, mostBytes
-- REPLY: backlog found pendingIds lastId | no_group
-- AT MAXMEMORY: reads
local pending = redis.pcall('XPENDING', stream, group, '-', to, 10000)
if pending.err then
  if string.find(pending.err, 'NOGROUP', 1, true) then return { 'no_group' } end
  return redis.error_reply(pending.err)
end
local ids = {}
for _, row in ipairs(pending) do ids[#ids + 1] = row[1] end
local last_id = info_value(redis.call('XINFO', 'STREAM', stream), 'last-generated-id') or '0-0'
return { 'backlog', entries_between(stream, '(' .. from, to, count, tonumber(mostBytes)), ids, last_id }
