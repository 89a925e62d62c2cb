-- rebase_ledger: after Redis' clock was set, moves the stored times of a ledger by the same step, once for each step. Otherwise a time that
-- lies ahead would leave fills out of the ledger and keep the cooldown running. A ledger from before this was recorded is moved by the
-- last step if its times lie ahead. A time that still lies ahead becomes the present one.
-- RUN BY: position-brain
-- INCLUDE: now, typed
-- KEYS: ledger, ledgerSeen, server
-- REPLY: rebased stepMs
-- AT MAXMEMORY: allowed
local c = redis.call('HMGET', server, 'clock_steps_ms', 'step_ms')
local steps = tonumber(c[1] or '') or 0
local l = read('ledger', redis.pcall('HMGET', ledger, 'last_known_amt', 'as_of_ms', 'last_fill_ms', 'clock_steps_ms'))
local seen = tonumber(read('ledgerSeen', redis.pcall('GET', ledgerSeen)) or '') or 0
if not l or not l[1] then return { 'rebased', '0' } end
local now = now_ms()
local as_of, last_fill = tonumber(l[2] or '') or 0, tonumber(l[3] or '') or 0
local step = steps - (tonumber(l[4] or '') or steps)
local is_ahead = math.max(as_of, last_fill, seen) > now
if not l[4] and is_ahead then step = tonumber(c[2] or '') or 0 end
-- None of these can have happened later than now. ledgerSeen is 1 where no fill is known.
local function moved(ms)
  return text(math.max(1, math.min(now, ms + step)))
end
if step ~= 0 or is_ahead then
  if as_of > 1 then redis.call('HSET', ledger, 'as_of_ms', moved(as_of)) end
  if last_fill > 1 then redis.call('HSET', ledger, 'last_fill_ms', moved(last_fill)) end
  if seen > 1 then redis.call('SET', ledgerSeen, moved(seen)) end
end
redis.call('HSET', ledger, 'clock_steps_ms', text(steps))
return { 'rebased', text(step) }
