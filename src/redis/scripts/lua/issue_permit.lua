-- issue_permit: the Position Brain's verdict: permit or denial, acknowledgement, and the event that wakes the waiting plan. No permit is
-- given while the kill switch is engaged, or the system is disarmed and the plan is no dry run: the caller denies instead.
-- RUN BY: position-brain
-- INCLUDE: now, plan_open, claim_conditions
-- KEYS: journal, positionPermit, positionIssued, permitEvents, planStream, killSwitch, arm, governorDisarm
-- ARGV: planId, attempt, deadlineMs, verdict, permit, ttlMs, group, entryId, eventsMaxLen, mode, lastSeenKillSeq, lastSeenDisarmSeq
-- REPLY: issued nowMs | closed | expired | kill_switch_active | disarmed
-- AT MAXMEMORY: refused
local now = now_ms()
local open = plan_open(journal, attempt, deadlineMs, now)
if open == 'open' and verdict == 'allow' then
  if kill_engaged(killSwitch, lastSeenKillSeq) then return { 'kill_switch_active' } end
  if mode ~= 'dry_run' and is_disarmed(arm, governorDisarm, lastSeenDisarmSeq) then return { 'disarmed' } end
end
-- A denial of a foreign plan is worth telling after its window too: its Apply may still look.
if open == 'expired' and verdict == 'deny' and redis.call('EXISTS', journal) == 0 then open = 'open' end
if open == 'open' and redis.call('EXISTS', journal) == 0 and not redis.call('SET', positionIssued, entryId, 'NX', 'EX', 60) then
  open = 'closed'
end
if open == 'open' then
  redis.call('SET', positionPermit, permit, 'PX', ttlMs)
  redis.call('XADD', permitEvents, 'MAXLEN', '~', eventsMaxLen, '*', 'plan_id', planId, 'attempt', attempt, 'issuer', 'p33',
    'verdict', verdict, 'permit', permit)
end
if entryId ~= '' then redis.call('XACK', planStream, group, entryId) end
if open == 'open' then return { 'issued', text(now) } end
return { open }
