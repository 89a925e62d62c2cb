-- issue_permit: the Position Brain's verdict: permit or denial, acknowledgement, and the event that wakes the waiting plan. No permit is
-- given while the kill switch is engaged, or the system is disarmed and the plan is no dry run: the caller denies instead.
-- INCLUDE: now, plan_open, claim_conditions
-- KEYS: journal, positionPermit, positionIssued, permitEvents, planStream, killSwitch, arm, governorDisarm
-- ARGV: planId, attempt, deadlineMs, verdict, permit, ttlMs, group, entryId, eventsMaxLen, mode, killSeen, disarmSeen
-- REPLY: issued nowMs | closed | expired | kill_switch_active | disarmed
-- AT MAXMEMORY: refused
local now = now_ms()
local open = plan_open(KEYS[1], ARGV[2], ARGV[3], now)
if open == 'open' and ARGV[4] == 'allow' then
  if kill_engaged(KEYS[6], ARGV[11]) then return { 'kill_switch_active' } end
  if ARGV[10] ~= 'dry_run' and is_disarmed(KEYS[7], KEYS[8], ARGV[12]) then return { 'disarmed' } end
end
-- A denial of a foreign plan is worth telling after its window too: its Apply may still look.
if open == 'expired' and ARGV[4] == 'deny' and redis.call('EXISTS', KEYS[1]) == 0 then open = 'open' end
if open == 'open' and redis.call('EXISTS', KEYS[1]) == 0 and not redis.call('SET', KEYS[3], ARGV[8], 'NX', 'EX', 60) then open = 'closed' end
if open == 'open' then
  redis.call('SET', KEYS[2], ARGV[5], 'PX', ARGV[6])
  redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[9], '*', 'plan_id', ARGV[1], 'attempt', ARGV[2], 'issuer', 'p33', 'verdict', ARGV[4], 'permit', ARGV[5])
end
if ARGV[8] ~= '' then redis.call('XACK', KEYS[5], ARGV[7], ARGV[8]) end
if open == 'open' then return { 'issued', text(now) } end
return { open }
