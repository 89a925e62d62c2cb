-- read_governor_evidence: reads everything that the Governor's decision is based on, at one instant.
-- RUN BY: every role (the HTTP interface of every process shows the limits)
-- INCLUDE: now, claim_conditions
-- KEYS: journal, snapshot, executions, usage, killSwitch, arm, governorDisarm, reservation, repeatedReservation, suspended
-- ARGV: burstMs, hourMs, continues, repeats
-- REPLY: evidence nowMs journal snapshot hourCount burstCount usage killEngaged disarmed reserved isCounted repeatedReserved isSuspended
-- AT MAXMEMORY: reads
local now = now_ms()
local function flag(holds)
  return holds and '1' or '0'
end
local function counts(order)
  return order ~= '' and tonumber(redis.call('ZSCORE', executions, order) or '0') > now - tonumber(hourMs)
end
return { 'evidence', text(now),
  redis.call('HMGET', journal, 'state', 'attempt', 'deadline_ms', 'entry_id'),
  redis.call('HMGET', snapshot, 'position_amt', 'mark_price', 'ts_ms', 'ts_epoch', 'clock_steps_ms'),
  redis.call('ZCOUNT', executions, '(' .. text(now - tonumber(hourMs)), '+inf'),
  redis.call('ZCOUNT', executions, '(' .. text(now - tonumber(burstMs)), '+inf'),
  redis.call('HMGET', usage, 'day', 'notional', 'qty', 'version'),
  flag(kill_engaged(killSwitch, 0)), flag(is_disarmed(arm, governorDisarm, 0)), flag(redis.call('EXISTS', reservation) == 1),
  -- Whether the first order of the continued close counts in this hour; an older one does not count any more.
  flag(counts(continues) or counts(repeats)),
  -- What the order that this plan sends again has reserved.
  repeats ~= '' and redis.call('HMGET', repeatedReservation, 'state', 'day', 'notional', 'qty', 'taken_over') or {},
  flag(redis.call('EXISTS', suspended) == 1) }
