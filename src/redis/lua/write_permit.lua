-- write_permit: the Governor's permit by an operator's hand, for an attempt that is open and has none: permit, trace, and the event that wakes it.
-- While the kill switch is engaged, or the system is disarmed and the attempt is no dry run, none is given.
-- INCLUDE: now, plan_open, claim_conditions
-- KEYS: journal, governorPermit, permitEvents, trace, killSwitch, arm, governorDisarm
-- ARGV: planId, attempt, permit, ttlMs, eventsMaxLen, by, reason, killSeen, disarmSeen
-- REPLY: written nowMs | closed | expired | exists | kill_switch_active | disarmed
-- AT MAXMEMORY: refused
local now = now_ms()
local open = plan_open(KEYS[1], ARGV[2], 0, now)
if open ~= 'open' then return { open } end
if kill_engaged(KEYS[5], ARGV[8]) then return { 'kill_switch_active' } end
if redis.call('HGET', KEYS[1], 'mode') ~= 'dry_run' and is_disarmed(KEYS[6], KEYS[7], ARGV[9]) then return { 'disarmed' } end
if redis.call('EXISTS', KEYS[2]) == 1 then return { 'exists' } end
redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[5], '*', 'plan_id', ARGV[1], 'attempt', ARGV[2], 'issuer', 'governor', 'verdict', 'allow', 'permit', ARGV[3])
redis.call('RPUSH', KEYS[4], cjson.encode({ step = 'manual_permit', attempt = tonumber(ARGV[2]), at_ms = now, issuer = 'governor', by = ARGV[6], reason = ARGV[7] }))
return { 'written', text(now) }
