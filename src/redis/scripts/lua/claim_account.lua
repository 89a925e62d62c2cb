-- claim_account: registers which symbols of an exchange account a process trades, and renews that. Refused while a process of another key
-- prefix has a claim on one of these symbols; processes of one prefix never refuse each other. No symbols mean all symbols. The claims
-- are outside of every prefix, so that all deployments on this Redis see them.
-- RUN BY: apply, position-brain
-- INCLUDE: now
-- KEYS: accountClaims
-- ARGV: process, claim, ttlMs, longestMs
-- REPLY: held | taken claims
-- AT MAXMEMORY: allowed
local now = now_ms()
local own = cjson.decode(claim)
local function overlaps(a, b)
  if #a == 0 or #b == 0 then return true end
  local named = {}
  for _, symbol in ipairs(a) do named[symbol] = true end
  for _, symbol in ipairs(b) do
    if named[symbol] then return true end
  end
  return false
end
-- A claim is `since expires JSON`, times in epoch ms.
local function parts_of(stored)
  local since, expires, json = string.match(stored, '^(%d+) (%d+) (.*)$')
  local is_json, read = pcall(cjson.decode, json or '')
  if not is_json or type(read) ~= 'table' or type(read.prefix) ~= 'string' or type(read.symbols) ~= 'table' then return false end
  return tonumber(since), tonumber(expires), json, read
end
-- What is no hash was written by a hand. Every process that lives renews its claim.
if redis.call('TYPE', accountClaims)['ok'] ~= 'hash' then redis.call('DEL', accountClaims) end
local stored = redis.call('HGETALL', accountClaims)
local taken, since_ms = {}, now
for at = 1, #stored, 2 do
  local since, expires, json, read = parts_of(stored[at + 1])
  if not since or expires <= now then
    redis.call('HDEL', accountClaims, stored[at])
  else
    -- Nobody writes a later time: Redis' clock was set back.
    if expires > now + tonumber(longestMs) then
      expires = now + tonumber(longestMs)
      redis.call('HSET', accountClaims, stored[at], text(since) .. ' ' .. text(expires) .. ' ' .. json)
    end
    if read.prefix == own.prefix then
      since_ms = math.min(since_ms, since)
    elseif overlaps(read.symbols, own.symbols) then
      taken[#taken + 1] = { process = stored[at], since_ms = text(since), expires_ms = text(expires), claim = json }
    end
  end
end
if #taken > 0 then return { 'taken', cjson.encode(taken) } end
redis.call('HSET', accountClaims, process, text(since_ms) .. ' ' .. text(now + tonumber(ttlMs)) .. ' ' .. claim)
redis.call('PEXPIRE', accountClaims, longestMs)
return { 'held' }
