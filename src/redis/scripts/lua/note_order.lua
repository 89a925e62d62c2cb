-- note_order: records what is known about a claimed order. `unknown` moves the plan to UNKNOWN for the resolver; `answered` means
-- that the exchange accepted the order, `withdrawn` that an operator wants no other order of the plan.
-- RUN BY: apply
-- INCLUDE: now
-- KEYS: journal, openPlans, trace
-- ARGV: planId, attempt, kind, detail, lookAgainMs, evidence
-- REPLY: noted nowMs | closed state
-- AT MAXMEMORY: allowed
local j = redis.call('HMGET', journal, 'state', 'attempt')
if j[2] ~= attempt or (j[1] ~= 'CLAIMED' and j[1] ~= 'UNKNOWN') then return { 'closed', j[1] or 'none' } end
local now = now_ms()
if kind == 'unknown' then
  redis.call('HSET', journal, 'state', 'UNKNOWN')
  redis.call('HSETNX', journal, 'unknown_ms', text(now))
elseif kind == 'answered' then
  redis.call('HSET', journal, 'answered_ms', text(now))
elseif kind == 'withdrawn' then
  redis.call('HSET', journal, 'withdrawn_ms', text(now))
end
if lookAgainMs ~= '' then redis.call('ZADD', openPlans, text(now + tonumber(lookAgainMs)), planId) end
-- Look-ups are routine: only their findings go into the trace.
if kind ~= 'looking' then
  local said = { step = kind, attempt = tonumber(attempt), at_ms = now, detail = detail }
  if evidence ~= '' then said.evidence = cjson.decode(evidence) end
  redis.call('RPUSH', trace, cjson.encode(said))
end
return { 'noted', text(now) }
