-- set_ledger: sets the ledger to the amount of the exchange (adopt or reconcile), only if that amount is still the one that was
-- seen and no order of this system is open. Reconciling replaces a ledger of another type.
-- RUN BY: position-brain, operator
-- INCLUDE: now, typed, event
-- KEYS: ledger, snapshot, inflight, hold, epoch, ledgerSeen, governorEvents, keptEvents, unsettled
-- ARGV: expectedExchangeAmt, source, reason, onlyIfAbsent, keepOperatorHold, minSnapshotMs, actor, clockSteps, symbol
-- REPLY: set amount version before | exists | in_flight | exchange_amount_is amount | no_snapshot | snapshot_old tsMs
-- AT MAXMEMORY: allowed
local stored = read('ledger', redis.pcall('HMGET', ledger, 'last_known_amt', 'version', 'last_fill_ms', 'last_order_id'))
if onlyIfAbsent == '1' and (not stored or stored[1]) then return { 'exists' } end
if redis.call('EXISTS', inflight) == 1 then return { 'in_flight' } end
local s = read('snapshot', redis.pcall('HMGET', snapshot, 'position_amt', 'ts_ms', 'ts_epoch', 'clock_steps_ms')) or {}
if not s[1] then return { 'no_snapshot' } end
-- A foreign Position Brain writes seconds beside the milliseconds that we left.
local ts = math.max(tonumber(s[2] or '') or 0, (tonumber(s[3] or '') or 0) * 1000)
local now = now_ms()
-- A snapshot from before Redis' clock was set has another time. One from before the last fill lacks it, and would leave it out of the ledger for good; one from the future would cover fills to come.
local last_fill = math.max(tonumber(stored and stored[3] or '') or 0,
  tonumber(read('ledgerSeen', redis.pcall('GET', ledgerSeen)) or '') or 0)
if ts < tonumber(minSnapshotMs) or ts <= last_fill or ts > now + 5000 or (s[4] or clockSteps) ~= clockSteps then return { 'snapshot_old', text(ts) } end
if tonumber(s[1]) ~= tonumber(expectedExchangeAmt) then return { 'exchange_amount_is', s[1] } end
local version = (tonumber(stored and stored[2] or '0') or 0) + 1
if not stored then redis.call('DEL', ledger) end
redis.call('HSET', ledger, 'last_known_amt', s[1], 'updated_at', whole_seconds(now), 'version', text(version), 'source', source,
  'as_of_ms', text(ts), 'written_amt', s[1], 'amt_by', source)
if not (stored and stored[1]) then redis.call('HSET', ledger, 'clock_steps_ms', clockSteps) end
if not (stored and stored[4]) then
  redis.call('HSET', ledger, 'last_order_id', '', 'last_result_plan_id', '', 'last_executed_qty', '0', 'last_side', '')
end
redis.call('SET', ledgerSeen, '1', 'NX')
if source == 'reconcile' then redis.call('DEL', unsettled) end
local lifted = keepOperatorHold ~= '1' and redis.call('DEL', hold) == 1
raise(epoch)
if lifted then
  report({ events = governorEvents, kept = keptEvents }, now, 'HOLD_CLEARED', reason, cjson.encode({ symbol = symbol, actor = actor }),
    'hold_lifted')
end
report({ events = governorEvents, kept = keptEvents }, now, source == 'adopt' and 'LEDGER_ADOPTED' or 'LEDGER_RECONCILED', reason,
  cjson.encode({ amount = s[1], actor = actor }), 'ledger_set')
return { 'set', s[1], text(version), stored and stored[1] or '' }
