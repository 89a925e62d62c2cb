-- set_suspension: suspends one symbol, so that no plan of it is claimed, or with an empty value allows it again, and reports that as an
-- event. The first suspension stays, with who set it and why; one that cannot be read is replaced. Permits for the symbol that were given
-- before cannot be used.
-- RUN BY: operator
-- INCLUDE: now, typed, event
-- KEYS: suspended, governorEvents, keptEvents, epoch
-- ARGV: value, event, reason, context
-- REPLY: set before | unchanged before
-- AT MAXMEMORY: allowed
local stored = redis.pcall('GET', suspended)
local before = type(stored) == 'string' and stored or type(stored) == 'table' and 'unreadable' or ''
if value == '' then
  if redis.call('DEL', suspended) == 0 then return { 'unchanged', '' } end
else
  local ok, decoded = pcall(cjson.decode, before)
  if ok and type(decoded) == 'table' then return { 'unchanged', before } end
  redis.call('SET', suspended, value)
  raise(epoch)
end
report({ events = governorEvents, kept = keptEvents }, now_ms(), event, reason, context, string.lower(event))
return { 'set', before }
