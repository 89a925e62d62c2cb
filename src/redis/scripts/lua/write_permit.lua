-- write_permit: writes a Governor permit for an operator, for an open attempt without one: permit, trace, and the event that wakes the plan.
-- Writes none while the kill switch is engaged, or while the system is disarmed and the attempt is not a dry run.
-- RUN BY: operator
-- INCLUDE: now, plan_open, claim_conditions, wake
-- KEYS: journal, governorPermit, permitEvents, trace, killSwitch, arm, governorDisarm
-- ARGV: planId, attempt, permit, ttlMs, eventsMaxLen, by, reason, lastSeenKillSeq, lastSeenDisarmSeq
-- REPLY: written nowMs eventFault | closed | expired | exists | kill_switch_active | disarmed
-- AT MAXMEMORY: refused
local now = now_ms()
local open = plan_open(journal, attempt, 0, now)
if open ~= 'open' then return { open } end
if kill_engaged(killSwitch, lastSeenKillSeq) then return { 'kill_switch_active' } end
if redis.call('HGET', journal, 'mode') ~= 'dry_run' and is_disarmed(arm, governorDisarm, lastSeenDisarmSeq) then return { 'disarmed' } end
if redis.call('EXISTS', governorPermit) == 1 then return { 'exists' } end
redis.call('SET', governorPermit, permit, 'PX', ttlMs)
local fault = wake(permitEvents, eventsMaxLen, planId, attempt, 'governor', 'allow', permit)
redis.call('RPUSH', trace,
  cjson.encode({ step = 'manual_permit', attempt = tonumber(attempt), at_ms = now, issuer = 'governor', by = by, reason = reason }))
return { 'written', text(now), fault }
