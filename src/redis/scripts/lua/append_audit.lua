-- append_audit: adds one entry to the audit chain of a process, records the new end of the chain, and with trimBefore removes what is
-- older than that id. Adds nothing when the stream's last id is another than the caller knows ('moved', with the newest entries), or so far ahead
-- of Redis' clock that a hand wrote it ('ended'). A second run after a lost reply adds nothing.
-- RUN BY: every role
-- INCLUDE: now, stream_info
-- KEYS: audit, auditHeads
-- ARGV: chain, knownLastId, id, hash, head, reachMs, trimBefore, ...fields
-- REPLY: appended id | moved lastId nowMs newest | ended lastId
-- AT MAXMEMORY: allowed
local info = redis.pcall('XINFO', 'STREAM', audit)
if info.err and not string.find(info.err, 'no such key') then return redis.error_reply(info.err) end
local last_id = info_value(info, 'last-generated-id') or '0-0'
local now = now_ms()
if last_id ~= knownLastId then
  local newest = redis.call('XREVRANGE', audit, '+', '-', 'COUNT', 20)
  if last_id == id and newest[1] and newest[1][1] == id then
    for i = 1, #newest[1][2], 2 do
      if newest[1][2][i] == 'hash' and newest[1][2][i + 1] == hash then return { 'appended', id } end
    end
  end
  return { 'moved', last_id, text(now), newest }
end
if tonumber(string.match(last_id, '^%d+')) > now + tonumber(reachMs) then return { 'ended', last_id } end
redis.call('XADD', audit, id, unpack(fields))
redis.pcall('HSET', auditHeads, chain, head)
if trimBefore ~= '' then redis.call('XTRIM', audit, 'MINID', trimBefore) end
return { 'appended', id }
