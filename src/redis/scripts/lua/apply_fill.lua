-- apply_fill: moves the ledger by one fill, marks the fill as counted, removes the in-flight guard of its attempt and
-- acknowledges the result, if ledger and count are still what the decision was based on. Without a ledger only the time of the
-- fill is kept, so that a snapshot that is adopted later must be newer. A ledger
-- or a guard of another type counts as none.
-- RUN BY: position-brain
-- INCLUDE: now, typed, event
-- KEYS: ledger, fill, epoch, inflight, ledgerSeen, resultStream, unsettled, governorEvents, keptEvents
-- ARGV: expectedAmt, expectedVersion, expectedCounted, newAmt, newCounted, planId, attempt, orderId, executedQty, side, fillMs, fillTtlMs, group, entryId, moved, source, event, context
-- REPLY: applied version | changed
-- AT MAXMEMORY: allowed
local l = read('ledger', redis.pcall('HMGET', ledger, 'last_known_amt', 'version', 'last_fill_ms')) or {}
local is_writable = #wrong_types == 0
if (l[1] or '') ~= expectedAmt or (l[2] or '') ~= expectedVersion then return { 'changed' } end
if (redis.call('GET', fill) or '0') ~= expectedCounted then return { 'changed' } end
local version = tonumber(l[2] or '0') or 0
if moved == '1' then
  version = version + 1
  redis.call('HSET', ledger, 'last_known_amt', newAmt, 'last_order_id', orderId, 'last_result_plan_id', planId,
    'last_executed_qty', executedQty, 'last_side', side, 'updated_at', whole_seconds(now_ms()), 'version', text(version), 'source', source,
    'written_amt', newAmt, 'amt_by', source)
  -- Filled by somebody else for a known reason.
  if event ~= '' then
    report({ events = governorEvents, kept = keptEvents }, now_ms(), event, source, context, 'ledger_moved')
  end
  raise(epoch)
end
if is_writable and fillMs ~= '' and tonumber(fillMs) > (tonumber(l[3] or '') or 0) then redis.call('HSET', ledger, 'last_fill_ms', fillMs) end
-- Beside the ledger, so that the cooldown outlives one that is written anew by hand.
local last_fill = fillMs ~= '' and tonumber(fillMs) or 1
local seen = read('ledgerSeen', redis.pcall('GET', ledgerSeen))
if last_fill > (tonumber(seen or '') or 0) and (moved == '1' or seen) then redis.call('SET', ledgerSeen, text(last_fill)) end
redis.call('SET', fill, newCounted, 'PX', fillTtlMs)
local attempt_id = planId .. ':' .. attempt
if read('inflight', redis.pcall('GET', inflight)) == attempt_id and redis.call('PTTL', inflight) > 0 then redis.call('DEL', inflight) end
if read('unsettled', redis.pcall('GET', unsettled)) == attempt_id then redis.call('DEL', unsettled) end
if entryId ~= '' then redis.call('XACK', resultStream, group, entryId) end
return { 'applied', text(version) }
