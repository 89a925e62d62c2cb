-- read_position_evidence: everything the Position Brain decides on, as of one instant.
-- INCLUDE: now
-- KEYS: journal, snapshot, ledger, hold, inflight, epoch, ledgerSeen, unsettled
-- REPLY: evidence nowMs journal snapshot ledger hold inflight epoch ledgerSeen
return { 'evidence', text(now_ms()),
  redis.call('HMGET', KEYS[1], 'state', 'attempt', 'deadline_ms', 'entry_id'),
  redis.call('HMGET', KEYS[2], 'position_amt', 'ts_ms', 'ts_epoch', 'resting_reduce_qty', 'source'),
  redis.call('HMGET', KEYS[3], 'last_known_amt', 'version', 'as_of_ms', 'last_fill_ms', 'updated_at', 'last_executed_qty'),
  redis.call('GET', KEYS[4]) or '', redis.call('GET', KEYS[5]) or redis.call('GET', KEYS[8]) or '', redis.call('GET', KEYS[6]) or '0', redis.call('GET', KEYS[7]) or '' }
