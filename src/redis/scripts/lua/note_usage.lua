-- note_usage: stores how much of its limits the exchange says an address has used. Each is `window:used`; an answer of an older window, or
-- an older answer of the same one, changes nothing.
-- RUN BY: every role
-- KEYS: exchangeUsage
-- ARGV: weight, orders10Sec, orders1Min, keepMs
-- REPLY: noted
-- AT MAXMEMORY: refused
local function later(stored, new)
  local had_window, had = string.match(stored or '', '^(%d+):(%d+)$')
  local window, used = string.match(new, '^(%d+):(%d+)$')
  if not window then return false end
  if not had_window or tonumber(window) > tonumber(had_window) then return true end
  return window == had_window and tonumber(used) > tonumber(had)
end
local stored = redis.call('HMGET', exchangeUsage, 'weight', 'orders_10s', 'orders_1m')
if later(stored[1], weight) then redis.call('HSET', exchangeUsage, 'weight', weight) end
if later(stored[2], orders10Sec) then redis.call('HSET', exchangeUsage, 'orders_10s', orders10Sec) end
if later(stored[3], orders1Min) then redis.call('HSET', exchangeUsage, 'orders_1m', orders1Min) end
redis.call('PEXPIRE', exchangeUsage, keepMs)
return { 'noted' }
