-- read_audit: where the audit stream of this process ends, and the recorded ends of all chains. What is larger than a recorded
-- end can be is left out.
-- RUN BY: every role
-- INCLUDE: now, stream_info
-- KEYS: audit, auditHeads
-- REPLY: audit nowMs lastId length heads
-- AT MAXMEMORY: reads
local info = redis.pcall('XINFO', 'STREAM', audit)
if info.err and not string.find(info.err, 'no such key') then return redis.error_reply(info.err) end
local last_id, length = info_value(info, 'last-generated-id') or '0-0', info_value(info, 'length') or 0
local heads = {}
local count = redis.pcall('HLEN', auditHeads)
if type(count) == 'number' and count <= 1000 then
  for _, chain in ipairs(redis.call('HKEYS', auditHeads)) do
    if #chain <= 96 and redis.call('HSTRLEN', auditHeads, chain) <= 160 then
      table.insert(heads, chain)
      table.insert(heads, redis.call('HGET', auditHeads, chain))
    end
  end
end
return { 'audit', text(now_ms()), last_id, text(length), heads }
