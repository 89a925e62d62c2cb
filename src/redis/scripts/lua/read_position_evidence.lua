-- read_position_evidence: reads everything that the Position Brain's decision is based on, at one instant. A key of another
-- type is read as none, and named.
-- RUN BY: every role (the HTTP interface of every process shows the positions)
-- INCLUDE: now, claim_conditions, typed
-- KEYS: journal, snapshot, ledger, hold, inflight, epoch, ledgerSeen, unsettled, killSwitch, arm, governorDisarm
-- REPLY: evidence nowMs journal snapshot ledger hold inflight epoch ledgerSeen killEngaged disarmed wrongTypes
-- AT MAXMEMORY: reads
local function flag(holds)
  return holds and '1' or '0'
end
return { 'evidence', text(now_ms()), redis.call('HMGET', journal, 'state', 'attempt', 'deadline_ms', 'entry_id'),
  read('snapshot', redis.pcall('HMGET', snapshot, 'position_amt', 'ts_ms', 'ts_epoch', 'resting_reduce_qty', 'source')) or {},
  read('ledger',
    redis.pcall('HMGET', ledger, 'last_known_amt', 'version', 'as_of_ms', 'last_fill_ms', 'written_amt', 'updated_at', 'last_executed_qty')) or {},
  read('hold', redis.pcall('GET', hold)) or '',
  read('inflight', redis.pcall('GET', inflight)) or read('unsettled', redis.pcall('GET', unsettled)) or '',
  read('epoch', redis.pcall('GET', epoch)) or '0', read('ledgerSeen', redis.pcall('GET', ledgerSeen)) or '',
  flag(kill_engaged(killSwitch, 0)), flag(is_disarmed(arm, governorDisarm, 0)), wrong_types }
