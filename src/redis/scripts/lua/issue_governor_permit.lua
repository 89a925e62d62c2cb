-- issue_governor_permit: writes the Governor's permit, its reservation, the acknowledgement and the event in one step, if the usage has
-- not changed since the decision, the kill switch is released, and the system is armed or the plan is a dry run. A plan that sends an
-- order again takes over the reservation of that order: both count once, unless both are executed. With carried, the permit rests on evidence that came
-- with the plan: it is written only if that still holds.
-- RUN BY: governor
-- INCLUDE: now, plan_open, claim_conditions, wake, governor_evidence, carried_evidence
-- KEYS: journal, governorPermit, permitEvents, planStream, executions, usage, reservation, openReservations, governorDisarm, killSwitch, arm, repeatedReservation, snapshot, suspended
-- ARGV: planId, attempt, deadlineMs, permit, ttlMs, group, entryId, eventsMaxLen, reserve, isCounted, repeats, usageVersion, day, dayNotional, dayQty, notional, qty, symbol, lastSeenKillSeq, lastSeenDisarmSeq, carried, judgedMs
-- REPLY: issued nowMs eventFault | closed | expired | already_issued | usage_changed | kill_switch_active | disarmed | evidence_changed
-- AT MAXMEMORY: refused
local now = now_ms()
local function ack()
  if entryId ~= '' then redis.call('XACK', planStream, group, entryId) end
end
local open = plan_open(journal, attempt, deadlineMs, now)
if open ~= 'open' then ack() return { open } end
if redis.call('EXISTS', reservation) == 1 then ack() return { 'already_issued' } end
if kill_engaged(killSwitch, lastSeenKillSeq) then return { 'kill_switch_active' } end
if reserve == '1' and is_disarmed(arm, governorDisarm, lastSeenDisarmSeq) then return { 'disarmed' } end
if carried ~= '' then
  local rows = governor_evidence({ snapshot = snapshot, executions = executions, usage = usage, kill_switch = killSwitch,
    arm = arm, governor_disarm = governorDisarm, suspended = suspended }, now)
  if not still_holds(journal, entryId, judgedMs, now, carried, rows) then return { 'evidence_changed' } end
end
local member = planId .. ':' .. attempt
if reserve == '1' then
  if (redis.call('HGET', usage, 'version') or '0') ~= usageVersion then return { 'usage_changed' } end
  -- The write that needs memory comes first: at maxmemory Redis refuses only the first write of a script.
  redis.call('HSET', usage, 'day', day, 'notional', dayNotional, 'qty', dayQty)
  -- One that is settled keeps its count.
  local is_reserved = repeats ~= '' and redis.call('HGET', repeatedReservation, 'state') == 'reserved'
  local took_over = is_reserved and redis.call('ZREM', executions, repeats) == 1
  if took_over or isCounted ~= '1' then redis.call('ZADD', executions, text(now), member) end
  if is_reserved then
    redis.call('HSET', repeatedReservation, 'taken_over', took_over and 'counted' or 'not_counted')
  end
  -- Longer than an hour, so that they are still there after Redis' clock was set forward.
  redis.call('ZREMRANGEBYSCORE', executions, '-inf', '(' .. text(now - 10800000))
  redis.call('PEXPIRE', executions, 10800000)
  redis.call('HINCRBY', usage, 'version', 1)
  redis.call('EXPIRE', usage, 172800)
  redis.call('ZADD', openReservations, text(now), member)
  redis.call('HSET', reservation, 'state', 'reserved', 'symbol', symbol, 'notional', notional, 'qty', qty, 'day', day, 'at_ms', text(now))
  redis.call('EXPIRE', reservation, 172800)
end
redis.call('SET', governorPermit, permit, 'PX', ttlMs)
local fault = wake(permitEvents, eventsMaxLen, planId, attempt, 'governor', 'allow', permit)
ack()
return { 'issued', text(now), fault }
