-- read_governor_evidence: everything the Governor decides on, as of one instant.
-- INCLUDE: now
-- KEYS: journal, snapshot, executions, usage, killSwitch, arm, governorDisarm, reservation
-- ARGV: burstMs, hourMs
-- REPLY: evidence nowMs journal snapshot hourCount burstCount usage killSwitch arm governorDisarm reserved
local now = now_ms()
local function has(key)
  if redis.call('EXISTS', key) == 1 then return '1' end
  return '0'
end
return { 'evidence', text(now),
  redis.call('HMGET', KEYS[1], 'state', 'attempt', 'deadline_ms', 'entry_id', 'approved_by'),
  redis.call('HMGET', KEYS[2], 'position_amt', 'mark_price', 'ts_ms', 'ts_epoch'),
  redis.call('ZCOUNT', KEYS[3], '(' .. text(now - tonumber(ARGV[2])), '+inf'),
  redis.call('ZCOUNT', KEYS[3], '(' .. text(now - tonumber(ARGV[1])), '+inf'),
  redis.call('HMGET', KEYS[4], 'day', 'notional', 'qty', 'version'),
  redis.call('GET', KEYS[5]) or '', redis.call('GET', KEYS[6]) or '', redis.call('GET', KEYS[7]) or '', has(KEYS[8]) }
