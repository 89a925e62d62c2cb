-- read_governor_evidence: reads everything that the Governor's decision is based on, at one instant.
-- RUN BY: every role (the HTTP interface of every process shows the limits)
-- INCLUDE: now, claim_conditions, governor_evidence
-- KEYS: journal, snapshot, executions, usage, killSwitch, arm, governorDisarm, reservation, repeatedReservation, suspended
-- ARGV: continues, repeats
-- REPLY: evidence nowMs journal rows reserved isCounted repeatedReserved
-- AT MAXMEMORY: reads
local now = now_ms()
local function counts(order)
  return order ~= '' and tonumber(redis.call('ZSCORE', executions, order) or '0') > now - HOUR_MS
end
local rows, fault = governor_evidence({ snapshot = snapshot, executions = executions, usage = usage, kill_switch = killSwitch, arm = arm,
  governor_disarm = governorDisarm, suspended = suspended }, now)
if not rows then return fault end
return { 'evidence', text(now),
  redis.call('HMGET', journal, 'state', 'attempt', 'deadline_ms', 'entry_id'), rows, redis.call('EXISTS', reservation) == 1 and '1' or '0',
  -- Whether the first order of the continued close counts in this hour; an older one does not count any more.
  (counts(continues) or counts(repeats)) and '1' or '0',
  -- What the order that this plan sends again has reserved.
  repeats ~= '' and redis.call('HMGET', repeatedReservation, 'state', 'day', 'notional', 'qty', 'taken_over') or {} }
