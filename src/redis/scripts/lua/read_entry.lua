-- read_entry: one entry of a stream, or none. Of one that is larger than mostBytes only its size comes back.
-- RUN BY: operator
-- INCLUDE: now, measured
-- KEYS: stream
-- ARGV: id, mostBytes
-- REPLY: entry found
-- AT MAXMEMORY: reads
return { 'entry', entries_between(stream, id, id, 1, tonumber(mostBytes)) }
