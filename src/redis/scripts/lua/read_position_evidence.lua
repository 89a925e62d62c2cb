-- read_position_evidence: reads everything that the Position Brain's decision is based on, at one instant.
-- RUN BY: every role (the HTTP interface of every process shows the positions)
-- INCLUDE: now, claim_conditions
-- KEYS: journal, snapshot, ledger, hold, inflight, epoch, ledgerSeen, unsettled, killSwitch, arm, governorDisarm
-- REPLY: evidence nowMs journal snapshot ledger hold inflight epoch ledgerSeen killEngaged disarmed
-- AT MAXMEMORY: reads
local function flag(holds)
  return holds and '1' or '0'
end
return { 'evidence', text(now_ms()), redis.call('HMGET', journal, 'state', 'attempt', 'deadline_ms', 'entry_id'),
  redis.call('HMGET', snapshot, 'position_amt', 'ts_ms', 'ts_epoch', 'resting_reduce_qty', 'source'),
  redis.call('HMGET', ledger, 'last_known_amt', 'version', 'as_of_ms', 'last_fill_ms', 'updated_at', 'last_executed_qty'),
  redis.call('GET', hold) or '', redis.call('GET', inflight) or redis.call('GET', unsettled) or '', redis.call('GET', epoch) or '0',
  redis.call('GET', ledgerSeen) or '', flag(kill_engaged(killSwitch, 0)), flag(is_disarmed(arm, governorDisarm, 0)) }
