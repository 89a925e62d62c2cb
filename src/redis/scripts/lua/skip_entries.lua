-- skip_entries: lets a consumer group go on after `to`, if it has read no further than `seen` meanwhile. What it has read up to there and
-- not acknowledged is acknowledged.
-- RUN BY: operator
-- INCLUDE: now, event, stream_info
-- KEYS: stream, governorEvents, keptEvents
-- ARGV: group, seen, to, reason, context
-- REPLY: skipped acknowledged | moved lastDeliveredId | no_group
-- AT MAXMEMORY: allowed
local delivered = false
for _, row in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
  if info_value(row, 'name') == group then delivered = info_value(row, 'last-delivered-id') end
end
if not delivered then return { 'no_group' } end
if delivered ~= seen then return { 'moved', delivered } end
if to ~= seen then redis.call('XGROUP', 'SETID', stream, group, to) end
local acknowledged = 0
while true do
  local rows = redis.call('XPENDING', stream, group, '-', to, 1000)
  for _, row in ipairs(rows) do acknowledged = acknowledged + redis.call('XACK', stream, group, row[1]) end
  if #rows < 1000 then break end
end
report({ events = governorEvents, kept = keptEvents }, now_ms(), 'BACKLOG_SKIPPED', reason, context, 'backlog_skipped')
return { 'skipped', text(acknowledged) }
