-- read_results: results from an id on, oldest first. Of one that is larger than mostBytes only its size comes back.
-- RUN BY: every role
-- INCLUDE: now, measured
-- KEYS: resultStream
-- ARGV: from, count, mostBytes
-- REPLY: results found
-- AT MAXMEMORY: reads
return { 'results', entries_between(resultStream, from, '+', count, tonumber(mostBytes)) }
