-- record_snapshot: what the exchange says of one symbol. An answer to an older question is thrown away; a changed amount raises the epoch.
-- INCLUDE: now
-- KEYS: snapshot, epoch
-- ARGV: tsMs, amount, side, entryPrice, markPrice, unrealizedPnl, leverage, source, restingReduceQty, ttlSec
-- REPLY: recorded changed | older
-- AT MAXMEMORY: allowed
local s = redis.call('HMGET', KEYS[1], 'ts_ms', 'position_amt')
-- A stored time from the future would keep every true one out.
local stored = tonumber(s[1] or '')
if stored and stored > tonumber(ARGV[1]) and stored <= now_ms() + 5000 then return { 'older' } end
local changed = s[2] ~= ARGV[2] and '1' or '0'
redis.call('HSET', KEYS[1], 'position_amt', ARGV[2], 'side', ARGV[3], 'entry_price', ARGV[4], 'mark_price', ARGV[5], 'unrealized_pnl', ARGV[6],
  'leverage', ARGV[7], 'ts_epoch', string.format('%.3f', tonumber(ARGV[1]) / 1000), 'source', ARGV[8], 'ts_ms', ARGV[1],
  'resting_reduce_qty', ARGV[9])
redis.call('HINCRBY', KEYS[1], 'version', 1)
redis.call('EXPIRE', KEYS[1], ARGV[10])
if changed == '1' then redis.call('INCR', KEYS[2]) end
return { 'recorded', changed }
