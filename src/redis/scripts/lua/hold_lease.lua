-- hold_lease: takes or renews the lease on a consumer name. Refused while another live process holds it. What the process says
-- about itself is stored beside it, and what others said more than keepMs ago is forgotten.
-- RUN BY: every role
-- INCLUDE: now
-- KEYS: lease, fleet
-- ARGV: token, ttlMs, instance, about, keepMs
-- REPLY: held | taken
-- AT MAXMEMORY: allowed
local owner = redis.call('GET', lease)
if owner and owner ~= token then return { 'taken' } end
redis.call('SET', lease, token, 'PX', ttlMs)
if about == '' then return { 'held' } end
-- A key of another type keeps no process from its lease.
local now = now_ms()
local stored = redis.pcall('HSET', fleet, instance, text(now) .. ' ' .. about)
if type(stored) == 'table' then return { 'held' } end
redis.call('PEXPIRE', fleet, keepMs)
local said = redis.call('HGETALL', fleet)
for at = 1, #said, 2 do
  local age = now - (tonumber(string.match(said[at + 1], '^%d+')) or 0)
  if math.abs(age) > tonumber(keepMs) then redis.call('HDEL', fleet, said[at]) end
end
return { 'held' }
