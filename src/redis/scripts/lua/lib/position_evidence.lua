-- What the Position Brain's verdict on a plan is based on: rows of texts. A key of another type is read as none, and named in wrong_types.
-- repeats: the orders that the plan sends again; while they are unknown they do not count as in flight.
-- k: snapshot, ledger, hold, inflight, unsettled, epoch, ledger_seen, kill_switch, arm, governor_disarm, suspended.
-- Whatever is stored there blocks, an empty text too.
local function block(name, reply)
  local stored = read(name, reply)
  return stored == '' and 'unreadable' or stored or ''
end
local function position_evidence(k, repeats)
  local guarded = read('inflight', redis.pcall('GET', k.inflight))
  if only_repeated(guarded, repeats) then guarded = false end
  return {
    read('snapshot', redis.pcall('HMGET', k.snapshot, 'position_amt', 'ts_ms', 'ts_epoch', 'resting_reduce_qty', 'source', 'clock_steps_ms')) or {},
    read('ledger', redis.pcall('HMGET', k.ledger, 'last_known_amt', 'version', 'as_of_ms', 'last_fill_ms', 'written_amt', 'updated_at',
      'last_executed_qty', 'clock_steps_ms')) or {},
    block('hold', redis.pcall('GET', k.hold)),
    guarded or read('unsettled', redis.pcall('GET', k.unsettled)) or '',
    read('epoch', redis.pcall('GET', k.epoch)) or '0', read('ledgerSeen', redis.pcall('GET', k.ledger_seen)) or '',
    kill_engaged(k.kill_switch, 0) and '1' or '0', is_disarmed(k.arm, k.governor_disarm, 0) and '1' or '0',
    block('suspended', redis.pcall('GET', k.suspended)) }
end
