-- read_governor_evidence: everything the Governor decides on, as of one instant.
-- INCLUDE: now, claim_conditions
-- KEYS: journal, snapshot, executions, usage, killSwitch, arm, governorDisarm, reservation
-- ARGV: burstMs, hourMs
-- REPLY: evidence nowMs journal snapshot hourCount burstCount usage killEngaged disarmed reserved
-- AT MAXMEMORY: reads
local now = now_ms()
local function flag(holds)
  return holds and '1' or '0'
end
return { 'evidence', text(now),
  redis.call('HMGET', KEYS[1], 'state', 'attempt', 'deadline_ms', 'entry_id', 'approved_by'),
  redis.call('HMGET', KEYS[2], 'position_amt', 'mark_price', 'ts_ms', 'ts_epoch'),
  redis.call('ZCOUNT', KEYS[3], '(' .. text(now - tonumber(ARGV[2])), '+inf'),
  redis.call('ZCOUNT', KEYS[3], '(' .. text(now - tonumber(ARGV[1])), '+inf'),
  redis.call('HMGET', KEYS[4], 'day', 'notional', 'qty', 'version'),
  flag(kill_engaged(KEYS[5], 0)), flag(is_disarmed(KEYS[6], KEYS[7], 0)), flag(redis.call('EXISTS', KEYS[8]) == 1) }
