-- read_permit_events: permit events from an id on, oldest first, and the newest id of the stream. Of an event that is larger than mostBytes
-- only its size comes back.
-- RUN BY: every role
-- INCLUDE: now, measured, stream_info
-- KEYS: permitEvents
-- ARGV: from, count, mostBytes
-- REPLY: events found lastId
-- AT MAXMEMORY: reads
local last_id = info_value(redis.pcall('XINFO', 'STREAM', permitEvents), 'last-generated-id') or '0-0'
return { 'events', entries_between(permitEvents, from, '+', count, tonumber(mostBytes)), last_id }
