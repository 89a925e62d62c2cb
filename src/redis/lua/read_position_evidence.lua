-- read_position_evidence: everything the Position Brain decides on, as of one instant.
-- INCLUDE: now, claim_conditions
-- KEYS: journal, snapshot, ledger, hold, inflight, epoch, ledgerSeen, unsettled, killSwitch, arm, governorDisarm
-- REPLY: evidence nowMs journal snapshot ledger hold inflight epoch ledgerSeen killEngaged disarmed
-- AT MAXMEMORY: reads
local function flag(holds)
  return holds and '1' or '0'
end
return { 'evidence', text(now_ms()),
  redis.call('HMGET', KEYS[1], 'state', 'attempt', 'deadline_ms', 'entry_id'),
  redis.call('HMGET', KEYS[2], 'position_amt', 'ts_ms', 'ts_epoch', 'resting_reduce_qty', 'source'),
  redis.call('HMGET', KEYS[3], 'last_known_amt', 'version', 'as_of_ms', 'last_fill_ms', 'updated_at', 'last_executed_qty'),
  redis.call('GET', KEYS[4]) or '', redis.call('GET', KEYS[5]) or redis.call('GET', KEYS[8]) or '', redis.call('GET', KEYS[6]) or '0', redis.call('GET', KEYS[7]) or '',
  flag(kill_engaged(KEYS[9], 0)), flag(is_disarmed(KEYS[10], KEYS[11], 0)) }
