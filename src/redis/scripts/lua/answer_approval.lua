-- answer_approval: stores the answer of a person about a plan that waits for it. With enough approvals the plan is due for its next attempt
-- at once; every gate judges that anew. A rejection ends the plan with a result of attempt 0, and marks the proposal as rejected for
-- the episode of its symbol. Nothing is approved while the proposal does not stand or no order may be sent. A plan without a
-- journal belongs to another implementation of Apply: its next attempt is the other's.
-- RUN BY: operator
-- INCLUDE: now, claim_conditions, standing, rejected
-- KEYS: approval, waitingApprovals, journal, retries, resultStream, trace, proposal, standing, killSwitch, arm, governorDisarm, hold, suspended
-- ARGV: planId, answer, by, reason, stop, validMs, foreignMs, keepMs, lastSeenKillSeq, lastSeenDisarmSeq, ...fields
-- REPLY: approved nowMs approvals | counted nowMs approvals | rejected nowMs | not_asked state | ended state | rejected_before by | approved_before | same_person | stale untilMs | proposal_withdrawn | proposal_superseded | kill_switch_active | disarmed | on_hold | symbol_suspended
-- AT MAXMEMORY: allowed
local now = now_ms()
local a = redis.call('HMGET', approval, 'attempt', 'needed', 'approvals', 'rejected', 'since_ms', 'valid_until_ms', 'mode')
local j = redis.call('HMGET', journal, 'state', 'attempt', 'fresh_until_ms', 'source', 'action', 'proposal_id', 'close_pct', 'generation',
  'identity')
local is_ours = j[1]
if not a[1] then return { 'not_asked', j[1] or 'none' } end
if a[4] then
  local ok, before = pcall(cjson.decode, a[4])
  return { 'rejected_before', ok and type(before) == 'table' and tostring(before.by) or '' }
end
if is_ours and (j[1] ~= 'WAITING_APPROVAL' or j[2] ~= a[1]) then return { 'ended', j[1] } end
if a[6] then return { 'approved_before' } end
if is_ours and not redis.call('ZSCORE', retries, planId) then return { 'ended', j[1] } end
local own = cjson.encode({ by = by, reason = reason, at_ms = now })

if answer == 'reject' then
  if is_ours then
    local id = redis.call('XADD', resultStream, '*', 'timestamp', seconds(now), unpack(fields))
    redis.call('HSET', journal, 'state', 'BLOCKED', 'ended_ms', text(now), 'result', cjson.encode(fields), 'result_id', id)
    -- Without this time the plan is not published again.
    redis.call('HDEL', journal, 'retry_at_ms')
    redis.call('PEXPIRE', journal, keepMs)
    redis.call('ZREM', retries, planId)
    if from_strategy(j[4]) then reject(standing, j[9] or '') end
    redis.call('RPUSH', trace,
      cjson.encode({ step = 'rejected', attempt = tonumber(j[2]), at_ms = now, by = by, reason = reason, state = 'BLOCKED', id = id }))
    redis.call('PEXPIRE', trace, keepMs)
  end
  redis.call('HSET', approval, 'rejected', own)
  redis.call('ZREM', waitingApprovals, planId)
  return { 'rejected', text(now) }
end

local ok, list = pcall(cjson.decode, a[3] or '')
if not ok or type(list) ~= 'table' then return { 'not_asked', j[1] or 'none' } end
for _, each in ipairs(list) do
  if each.by == by then return { 'same_person' } end
end
local until_ms = is_ours and tonumber(j[3] or '') or (tonumber(a[5]) or 0) + tonumber(foreignMs)
if not (now < until_ms) then return { 'stale', text(until_ms) } end
if is_ours then
  local request = { source = j[4], action = j[5], proposal_id = j[6] or '', close_pct = j[7] or '', stop = stop }
  local stands = still_stands(proposal, standing, request, j[8] or '')
  if stands ~= 'stands' then return { stands } end
end
if kill_engaged(killSwitch, lastSeenKillSeq) then return { 'kill_switch_active' } end
if a[7] ~= 'dry_run' and is_disarmed(arm, governorDisarm, lastSeenDisarmSeq) then return { 'disarmed' } end
if redis.call('EXISTS', hold) == 1 then return { 'on_hold' } end
if redis.call('EXISTS', suspended) == 1 then return { 'symbol_suspended' } end

list[#list + 1] = cjson.decode(own)
local approvals = cjson.encode(list)
local is_enough = #list >= (tonumber(a[2]) or math.huge)
redis.call('HSET', approval, 'approvals', approvals)
if is_ours then
  redis.call('RPUSH', trace, cjson.encode({ step = 'approved', attempt = tonumber(j[2]), at_ms = now, by = by, reason = reason,
    approvals = #list, needed = tonumber(a[2]) }))
end
if not is_enough then return { 'counted', text(now), approvals } end
redis.call('HSET', approval, 'valid_until_ms', text(is_ours and math.min(until_ms, now + tonumber(validMs)) or until_ms))
redis.call('ZREM', waitingApprovals, planId)
if is_ours then redis.call('ZADD', retries, text(now), planId) end
return { 'approved', text(now), approvals }
