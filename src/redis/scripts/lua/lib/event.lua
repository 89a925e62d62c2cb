-- An event follows an effect that has happened, so a stream that cannot take it undoes nothing: the event is kept in a list and written
-- as soon as the stream takes entries again. A full list counts what it drops. k: events (the stream), kept (the list).
local MOST_KEPT = 1000
local function report(k, at_ms, event, reason, context, action)
  local at = seconds(at_ms)
  local added = redis.pcall('XADD', k.events, '*', 'event', event, 'reason', reason, 'context', context, 'timestamp', at,
    'action_taken', action)
  if type(added) == 'string' then return end
  local length = redis.pcall('RPUSH', k.kept, cjson.encode({ event, reason, context, at, action }))
  if type(length) ~= 'number' or length <= MOST_KEPT then return end
  -- The last two entries become one that counts: the new event and the one before it, or the count until now.
  redis.call('RPOP', k.kept)
  local ok, last = pcall(cjson.decode, redis.call('RPOP', k.kept))
  local dropped = ok and type(last) == 'table' and last[1] == 'EVENTS_DROPPED' and tonumber(last[3]) or 1
  redis.call('RPUSH', k.kept,
    cjson.encode({ 'EVENTS_DROPPED', 'too many events waited for the stream', text(dropped + 1), at, 'none' }))
end
-- Writes the kept events, oldest first, until the stream refuses one.
local function write_kept(k)
  for _ = 1, 100 do
    local oldest = redis.pcall('LINDEX', k.kept, 0)
    if type(oldest) ~= 'string' then return end
    local ok, e = pcall(cjson.decode, oldest)
    if ok and type(e) == 'table' and #e == 5 then
      local added = redis.pcall('XADD', k.events, '*', 'event', tostring(e[1]), 'reason', tostring(e[2]), 'context', tostring(e[3]),
        'timestamp', tostring(e[4]), 'action_taken', tostring(e[5]))
      if type(added) ~= 'string' then return end
    end
    redis.call('LPOP', k.kept)
  end
end
