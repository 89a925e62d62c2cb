-- read_permit_events: permit events from an id on, oldest first, and the newest id of the stream. Of an event that is larger than mostBytes
-- only its size comes back.
-- RUN BY: every role
-- INCLUDE: now, measured
-- KEYS: permitEvents
-- ARGV: from, count, mostBytes
-- REPLY: events found lastId
-- AT MAXMEMORY: reads
local last_id = '0-0'
local info = redis.pcall('XINFO', 'STREAM', permitEvents)
for i = 1, #info, 2 do
  if info[i] == 'last-generated-id' then last_id = info[i + 1] end
end
return { 'events', entries_between(permitEvents, from, '+', count, tonumber(mostBytes)), last_id }
