-- apply_fill: moves the ledger by one fill, marks the fill as counted, ends the in-flight guard of its attempt and acknowledges, in one
-- step, if ledger and count are still what the decision was made on. Without a ledger to move, the fill's time alone is kept: what is
-- adopted later must be newer.
-- INCLUDE: now
-- KEYS: ledger, fill, epoch, inflight, ledgerSeen, resultStream, unsettled
-- ARGV: expectedAmt, expectedVersion, expectedCounted, newAmt, newCounted, planId, attempt, orderId, executedQty, side, fillMs, fillTtlMs, group, entryId, moved
-- REPLY: applied version | changed
-- AT MAXMEMORY: allowed
local l = redis.call('HMGET', KEYS[1], 'last_known_amt', 'version', 'last_fill_ms')
if (l[1] or '') ~= ARGV[1] or (l[2] or '') ~= ARGV[2] then return { 'changed' } end
if (redis.call('GET', KEYS[2]) or '0') ~= ARGV[3] then return { 'changed' } end
local version = tonumber(l[2] or '0') or 0
if ARGV[15] == '1' then
  -- Written by hand or by another service until now: what it held then stays covered.
  if not l[2] and redis.call('HEXISTS', KEYS[1], 'as_of_ms') == 0 then
    local written = tonumber(redis.call('HGET', KEYS[1], 'updated_at') or '')
    if written then redis.call('HSET', KEYS[1], 'as_of_ms', text(math.floor(written * 1000))) end
  end
  version = version + 1
  redis.call('HSET', KEYS[1], 'last_known_amt', ARGV[4], 'last_order_id', ARGV[8], 'last_result_plan_id', ARGV[6], 'last_executed_qty', ARGV[9],
    'last_side', ARGV[10], 'updated_at', seconds(now_ms()), 'version', text(version), 'source', 'fill')
  redis.call('SET', KEYS[5], '1')
  redis.call('INCR', KEYS[3])
end
if ARGV[11] ~= '' and tonumber(ARGV[11]) > tonumber(l[3] or '0') then redis.call('HSET', KEYS[1], 'last_fill_ms', ARGV[11]) end
redis.call('SET', KEYS[2], ARGV[5], 'PX', ARGV[12])
local attempt = ARGV[6] .. ':' .. ARGV[7]
if redis.call('GET', KEYS[4]) == attempt and redis.call('PTTL', KEYS[4]) > 0 then redis.call('DEL', KEYS[4]) end
if redis.call('GET', KEYS[7]) == attempt then redis.call('DEL', KEYS[7]) end
if ARGV[14] ~= '' then redis.call('XACK', KEYS[6], ARGV[13], ARGV[14]) end
return { 'applied', text(version) }
