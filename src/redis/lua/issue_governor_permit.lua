-- issue_governor_permit: permit, reservation, acknowledgement and event in one step, if the usage is still what the decision was made on,
-- the kill switch is released, and the system is armed where the plan is no dry run.
-- INCLUDE: now, plan_open, claim_conditions
-- KEYS: journal, governorPermit, permitEvents, planStream, executions, usage, reservation, openReservations, governorDisarm, killSwitch, arm
-- ARGV: planId, attempt, deadlineMs, permit, ttlMs, group, entryId, eventsMaxLen, reserve, usageVersion, day, dayNotional, dayQty, notional, qty, symbol, killSeen, disarmSeen
-- REPLY: issued nowMs | closed | expired | already_issued | usage_changed | kill_switch_active | disarmed
-- AT MAXMEMORY: refused
local now = now_ms()
local function ack()
  if ARGV[7] ~= '' then redis.call('XACK', KEYS[4], ARGV[6], ARGV[7]) end
end
local open = plan_open(KEYS[1], ARGV[2], ARGV[3], now)
if open ~= 'open' then ack() return { open } end
if redis.call('EXISTS', KEYS[7]) == 1 then ack() return { 'already_issued' } end
if kill_engaged(KEYS[10], ARGV[17]) then return { 'kill_switch_active' } end
if ARGV[9] == '1' and is_disarmed(KEYS[11], KEYS[9], ARGV[18]) then return { 'disarmed' } end
local member = ARGV[1] .. ':' .. ARGV[2]
if ARGV[9] == '1' then
  if (redis.call('HGET', KEYS[6], 'version') or '0') ~= ARGV[10] then return { 'usage_changed' } end
  redis.call('ZADD', KEYS[5], text(now), member)
  redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', '(' .. text(now - 3600000))
  redis.call('PEXPIRE', KEYS[5], 3600000)
  redis.call('HSET', KEYS[6], 'day', ARGV[11], 'notional', ARGV[12], 'qty', ARGV[13])
  redis.call('HINCRBY', KEYS[6], 'version', 1)
  redis.call('EXPIRE', KEYS[6], 172800)
  redis.call('ZADD', KEYS[8], text(now), member)
  redis.call('HSET', KEYS[7], 'state', 'reserved', 'symbol', ARGV[16], 'notional', ARGV[14], 'qty', ARGV[15], 'day', ARGV[11], 'at_ms', text(now))
  redis.call('EXPIRE', KEYS[7], 172800)
end
redis.call('SET', KEYS[2], ARGV[4], 'PX', ARGV[5])
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[8], '*', 'plan_id', ARGV[1], 'attempt', ARGV[2], 'issuer', 'governor', 'verdict', 'allow', 'permit', ARGV[4])
ack()
return { 'issued', text(now) }
