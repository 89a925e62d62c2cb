-- newest_events: for four streams the id of the oldest among their newest entries, '' for a stream without entries.
-- RUN BY: every role
-- KEYS: planStream, permitEvents, resultStream, governorEvents
-- ARGV: count
-- REPLY: newest plans permits results control
-- AT MAXMEMORY: reads
local function oldest(entries)
  return #entries > 0 and entries[#entries][1] or ''
end
return { 'newest', oldest(redis.call('XREVRANGE', planStream, '+', '-', 'COUNT', count)),
  oldest(redis.call('XREVRANGE', permitEvents, '+', '-', 'COUNT', count)),
  oldest(redis.call('XREVRANGE', resultStream, '+', '-', 'COUNT', count)),
  oldest(redis.call('XREVRANGE', governorEvents, '+', '-', 'COUNT', count)) }
