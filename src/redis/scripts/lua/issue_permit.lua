-- issue_permit: writes the Position Brain's permit or denial, the acknowledgement and the event that wakes the waiting plan. Writes no permit
-- while the kill switch is engaged, or while the system is disarmed and the plan is not a dry run; the caller then denies. With carried, the
-- permit rests on evidence that came with the plan: it is written only if that still holds.
-- RUN BY: position-brain
-- INCLUDE: now, plan_open, claim_conditions, wake, typed, guard, position_evidence, carried_evidence
-- KEYS: journal, positionPermit, positionIssued, permitEvents, planStream, killSwitch, arm, governorDisarm, snapshot, ledger, hold, inflight, epoch, ledgerSeen, unsettled, suspended
-- ARGV: planId, attempt, deadlineMs, verdict, permit, ttlMs, group, entryId, eventsMaxLen, mode, lastSeenKillSeq, lastSeenDisarmSeq, carried, judgedMs
-- REPLY: issued nowMs eventFault | closed | expired | kill_switch_active | disarmed | evidence_changed
-- AT MAXMEMORY: refused
local now = now_ms()
local open = plan_open(journal, attempt, deadlineMs, now)
if open == 'open' and verdict == 'allow' then
  if kill_engaged(killSwitch, lastSeenKillSeq) then return { 'kill_switch_active' } end
  if mode ~= 'dry_run' and is_disarmed(arm, governorDisarm, lastSeenDisarmSeq) then return { 'disarmed' } end
  if carried ~= '' then
    local rows = position_evidence({ snapshot = snapshot, ledger = ledger, hold = hold, inflight = inflight, unsettled = unsettled,
      epoch = epoch, ledger_seen = ledgerSeen, kill_switch = killSwitch, arm = arm, governor_disarm = governorDisarm,
      suspended = suspended }, '')
    if #wrong_types > 0 or not still_holds(journal, entryId, judgedMs, now, carried, rows) then return { 'evidence_changed' } end
  end
end
-- A denial of a foreign plan is written even after its window, because a foreign Apply may still read it.
if open == 'expired' and verdict == 'deny' and redis.call('EXISTS', journal) == 0 then open = 'open' end
if open == 'open' and redis.call('EXISTS', journal) == 0 and not redis.call('SET', positionIssued, entryId, 'NX', 'EX', 60) then
  open = 'closed'
end
local fault = ''
if open == 'open' then
  redis.call('SET', positionPermit, permit, 'PX', ttlMs)
  fault = wake(permitEvents, eventsMaxLen, planId, attempt, 'p33', verdict, permit)
end
if entryId ~= '' then redis.call('XACK', planStream, group, entryId) end
if open == 'open' then return { 'issued', text(now), fault } end
return { open }
