-- read_position_evidence: reads everything that the Position Brain's decision is based on, at one instant. A key of another
-- type is read as none, and named.
-- RUN BY: every role (the HTTP interface of every process shows the positions)
-- INCLUDE: now, claim_conditions, typed, guard
-- KEYS: journal, snapshot, ledger, hold, inflight, epoch, ledgerSeen, unsettled, killSwitch, arm, governorDisarm, suspended
-- REPLY: evidence nowMs journal snapshot ledger hold inflight epoch ledgerSeen killEngaged disarmed wrongTypes suspended
-- AT MAXMEMORY: reads
local function flag(holds)
  return holds and '1' or '0'
end
-- Whatever is stored there blocks, an empty text too.
local function block(name, reply)
  local stored = read(name, reply)
  return stored == '' and 'unreadable' or stored or ''
end
local j = redis.call('HMGET', journal, 'state', 'attempt', 'deadline_ms', 'entry_id', 'repeats')
-- A full close that goes again is judged while the orders that it repeats are unknown; for every other plan they are in flight.
local guarded = read('inflight', redis.pcall('GET', inflight))
if only_repeated(guarded, j[5]) then guarded = false end
return { 'evidence', text(now_ms()), j,
  read('snapshot', redis.pcall('HMGET', snapshot, 'position_amt', 'ts_ms', 'ts_epoch', 'resting_reduce_qty', 'source', 'clock_steps_ms')) or {},
  read('ledger',
    redis.pcall('HMGET', ledger, 'last_known_amt', 'version', 'as_of_ms', 'last_fill_ms', 'written_amt', 'updated_at', 'last_executed_qty',
      'clock_steps_ms')) or {},
  block('hold', redis.pcall('GET', hold)),
  guarded or read('unsettled', redis.pcall('GET', unsettled)) or '',
  read('epoch', redis.pcall('GET', epoch)) or '0', read('ledgerSeen', redis.pcall('GET', ledgerSeen)) or '',
  flag(kill_engaged(killSwitch, 0)), flag(is_disarmed(arm, governorDisarm, 0)), wrong_types,
  block('suspended', redis.pcall('GET', suspended)) }
