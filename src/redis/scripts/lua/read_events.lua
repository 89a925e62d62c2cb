-- read_events: what four streams hold after given ids, oldest first, what each stream has given out, and the open plans with the time
-- of their next check: all as of one moment. Of an entry that is larger than mostBytes only its size comes back.
-- RUN BY: every role
-- INCLUDE: now, measured, stream_info
-- KEYS: planStream, permitEvents, resultStream, governorEvents, openPlans
-- ARGV: plansFrom, permitsFrom, resultsFrom, controlFrom, count, mostBytes
-- REPLY: events nowMs plans permits results control open
-- AT MAXMEMORY: reads
local most = tonumber(mostBytes)
-- The newest id that the stream has given out, its oldest entry, and whether it holds every entry that it was ever given.
local function part(info, found)
  local first = info_value(info, 'first-entry')
  local length, added = info_value(info, 'length'), info_value(info, 'entries-added')
  return { info_value(info, 'last-generated-id') or '0-0', first and first[1] or '', length == added and '1' or '0', found }
end
return { 'events', text(now_ms()),
  part(redis.pcall('XINFO', 'STREAM', planStream), entries_between(planStream, plansFrom, '+', count, most)),
  part(redis.pcall('XINFO', 'STREAM', permitEvents), entries_between(permitEvents, permitsFrom, '+', count, most)),
  part(redis.pcall('XINFO', 'STREAM', resultStream), entries_between(resultStream, resultsFrom, '+', count, most)),
  part(redis.pcall('XINFO', 'STREAM', governorEvents), entries_between(governorEvents, controlFrom, '+', count, most)),
  redis.call('ZRANGE', openPlans, 0, 499, 'WITHSCORES') }
