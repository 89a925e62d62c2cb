-- set_ledger: adopts the exchange amount, or reconciles to it, only if it still is what was seen and no order of ours is open.
-- INCLUDE: now
-- KEYS: ledger, snapshot, inflight, hold, epoch, ledgerSeen, governorEvents, unsettled
-- ARGV: expectedExchangeAmt, source, reason, onlyIfAbsent, keepOperatorHold, minSnapshotMs, actor
-- REPLY: set amount version | exists | in_flight | exchange_amount_is amount | no_snapshot | snapshot_old tsMs
-- AT MAXMEMORY: allowed
if ARGV[4] == '1' and redis.call('HEXISTS', KEYS[1], 'last_known_amt') == 1 then return { 'exists' } end
if redis.call('EXISTS', KEYS[3]) == 1 then return { 'in_flight' } end
local s = redis.call('HMGET', KEYS[2], 'position_amt', 'ts_ms', 'ts_epoch')
if not s[1] then return { 'no_snapshot' } end
local ts = tonumber(s[2] or '') or (tonumber(s[3] or '0') or 0) * 1000
local now = now_ms()
-- A snapshot from before the last fill lacks it, and would leave it out of the ledger for good; one from the future would cover fills to come.
local last_fill = tonumber(redis.call('HGET', KEYS[1], 'last_fill_ms') or '') or 0
if ts < tonumber(ARGV[6]) or ts <= last_fill or ts > now + 5000 then return { 'snapshot_old', text(ts) } end
if tonumber(s[1]) ~= tonumber(ARGV[1]) then return { 'exchange_amount_is', s[1] } end
local version = (tonumber(redis.call('HGET', KEYS[1], 'version') or '0') or 0) + 1
redis.call('HSET', KEYS[1], 'last_known_amt', s[1], 'updated_at', seconds(now), 'version', text(version), 'source', ARGV[2], 'as_of_ms', text(ts))
if redis.call('HEXISTS', KEYS[1], 'last_order_id') == 0 then
  redis.call('HSET', KEYS[1], 'last_order_id', '', 'last_result_plan_id', '', 'last_executed_qty', '0', 'last_side', '')
end
redis.call('SET', KEYS[6], '1')
if ARGV[2] == 'reconcile' then redis.call('DEL', KEYS[8]) end
if ARGV[5] ~= '1' then redis.call('DEL', KEYS[4]) end
redis.call('INCR', KEYS[5])
redis.call('XADD', KEYS[7], '*', 'event', ARGV[2] == 'adopt' and 'LEDGER_ADOPTED' or 'LEDGER_RECONCILED', 'reason', ARGV[3],
  'context', cjson.encode({ amount = s[1], actor = ARGV[7] }), 'timestamp', seconds(now), 'action_taken', 'ledger_set')
return { 'set', s[1], text(version) }
