-- record_snapshot: stores the position in one symbol as the exchange reports it, or in all symbols of one read. Discards the answer to an
-- older request. A changed amount raises the position epoch. clockSteps: the sum of the steps of Redis' clock that tsMs includes. `agreed`:
-- stored, the ledger that this system wrote is the same, and there is no hold. Of each further symbol: four more keys, and seven more arguments: amount, side, entryPrice, markPrice, unrealizedPnl, leverage, restingReduceQty.
-- RUN BY: position-brain
-- INCLUDE: now, typed
-- KEYS: snapshot, epoch, ledger, hold
-- ARGV: tsMs, amount, side, entryPrice, markPrice, unrealizedPnl, leverage, restingReduceQty, source, ttlSec, clockSteps, ...more
-- REPLY: stored outcomes
-- AT MAXMEMORY: allowed
local now = now_ms()
local outcomes = {}
local function agrees(there, amt, held)
  local l = redis.pcall('HMGET', there, 'last_known_amt', 'written_amt')
  return not l.err and l[1] == amt and l[2] == amt and redis.call('EXISTS', held) == 0
end
local function record(at, amt, sign, entry, mark, pnl, lev, resting, rise, there, held)
  local s = redis.pcall('HMGET', at, 'ts_ms', 'position_amt', 'clock_steps_ms')
  if s.err then return s.err end
  -- A stored time in the future would block every later snapshot, so it is ignored.
  local stored = tonumber(s[1] or '')
  if stored and s[3] then stored = stored + tonumber(clockSteps) - (tonumber(s[3]) or 0) end
  if stored and stored > tonumber(tsMs) and stored <= now + 5000 then return 'older' end
  redis.call('HSET', at, 'position_amt', amt, 'side', sign, 'entry_price', entry, 'mark_price', mark,
    'unrealized_pnl', pnl, 'leverage', lev, 'ts_epoch', whole_seconds(tonumber(tsMs)), 'source', source,
    'ts_ms', tsMs, 'resting_reduce_qty', resting, 'clock_steps_ms', clockSteps)
  redis.call('HINCRBY', at, 'version', 1)
  redis.call('EXPIRE', at, ttlSec)
  if s[2] ~= amt then raise(rise) end
  return agrees(there, amt, held) and 'agreed' or 'recorded'
end
outcomes[1] = record(snapshot, amount, side, entryPrice, markPrice, unrealizedPnl, leverage, restingReduceQty, epoch, ledger, hold)
for i = 5, #KEYS, 4 do
  local f = (i - 5) / 4 * 7
  outcomes[#outcomes + 1] = record(KEYS[i], more[f + 1], more[f + 2], more[f + 3], more[f + 4], more[f + 5], more[f + 6], more[f + 7],
    KEYS[i + 1], KEYS[i + 2], KEYS[i + 3])
end
return { 'stored', outcomes }
