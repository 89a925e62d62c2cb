-- notice_ledger: an amount that this system did not write last holds from now on: fills until now are part of it. A ledger that
-- another service left before the first start holds from the time that service gave it.
-- RUN BY: position-brain
-- INCLUDE: now, typed, event
-- KEYS: ledger, ledgerSeen, epoch, governorEvents, keptEvents
-- ARGV: expectedAmt, expectedVersion, symbol
-- REPLY: noticed asOfMs by | changed
-- AT MAXMEMORY: allowed
local l = redis.call('HMGET', ledger, 'last_known_amt', 'version', 'updated_at', 'as_of_ms', 'written_amt')
if (l[1] or '') ~= expectedAmt or (l[2] or '') ~= expectedVersion then return { 'changed' } end
local now = now_ms()
local as_of, by = now, 'hand'
local updated = tonumber(l[3] or '')
if not l[2] and not l[4] and updated and redis.call('EXISTS', ledgerSeen) == 0 then
  as_of, by = math.floor(updated * 1000), 'foreign'
  if as_of > now then as_of = now end
end
redis.call('HSET', ledger, 'as_of_ms', text(as_of), 'written_amt', l[1], 'amt_by', by)
redis.call('SET', ledgerSeen, '1', 'NX')
raise(epoch)
report({ events = governorEvents, kept = keptEvents }, now, 'LEDGER_NOTICED', 'the ledger holds an amount that this system did not write',
  cjson.encode({ symbol = symbol, amount = l[1], before = l[5] or '', by = by }), 'amount_taken_as_given')
return { 'noticed', text(as_of), by }
