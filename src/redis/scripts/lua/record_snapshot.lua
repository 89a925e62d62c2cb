-- record_snapshot: stores the position in one symbol as the exchange reports it. Discards the answer to an older request. A changed
-- amount raises the position epoch. clockSteps: the sum of the steps of Redis' clock that tsMs includes.
-- RUN BY: position-brain
-- INCLUDE: now, typed
-- KEYS: snapshot, epoch
-- ARGV: tsMs, amount, side, entryPrice, markPrice, unrealizedPnl, leverage, source, restingReduceQty, ttlSec, clockSteps
-- REPLY: recorded changed | older
-- AT MAXMEMORY: allowed
local s = redis.call('HMGET', snapshot, 'ts_ms', 'position_amt', 'clock_steps_ms')
-- A stored time in the future would block every later snapshot, so it is ignored.
local stored = tonumber(s[1] or '')
if stored and s[3] then stored = stored + tonumber(clockSteps) - (tonumber(s[3]) or 0) end
if stored and stored > tonumber(tsMs) and stored <= now_ms() + 5000 then return { 'older' } end
local changed = s[2] ~= amount and '1' or '0'
redis.call('HSET', snapshot, 'position_amt', amount, 'side', side, 'entry_price', entryPrice, 'mark_price', markPrice,
  'unrealized_pnl', unrealizedPnl, 'leverage', leverage, 'ts_epoch', whole_seconds(tonumber(tsMs)), 'source', source,
  'ts_ms', tsMs, 'resting_reduce_qty', restingReduceQty, 'clock_steps_ms', clockSteps)
redis.call('HINCRBY', snapshot, 'version', 1)
redis.call('EXPIRE', snapshot, ttlSec)
if changed == '1' then raise(epoch) end
return { 'recorded', changed }
