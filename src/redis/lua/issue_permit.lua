-- issue_permit: the Position Brain's verdict: permit or denial, acknowledgement, and the event that wakes the waiting plan.
-- INCLUDE: now, plan_open
-- KEYS: journal, positionPermit, positionIssued, permitEvents, planStream
-- ARGV: planId, attempt, deadlineMs, verdict, permit, ttlMs, group, entryId, eventsMaxLen
-- REPLY: issued nowMs | closed | expired
local now = now_ms()
local open = plan_open(KEYS[1], ARGV[2], ARGV[3], now)
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
