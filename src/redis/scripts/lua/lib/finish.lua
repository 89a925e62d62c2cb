-- Comes before every other write of its script: where the stream cannot take the result, nothing is done.
local function append_result(result_stream, f, now)
  return redis.call('XADD', result_stream, '*', 'timestamp', seconds(now), unpack(f))
end
-- Ends an attempt in one step, after its result was appended as entry id: journal, unused permits, guard, acknowledgement, retry.
-- k: keys; inflight, governor_permit and position_permit only if a guard or permits may still exist.
-- f: flat result fields; o: plan_id, attempt, token, entry_id (false if none), state, guard ('filled' | 'free'), guard_ms,
-- retry_at ('' if none), group, release_dedupe ('1' | '0'), keep_ms.
local function finish(k, o, f, id, now)
  redis.call('HSET', k.journal, 'state', o.state, 'result_token', o.token, 'result_id', id, 'ended_ms', text(now),
    'result', cjson.encode(f))
  redis.call('PEXPIRE', k.journal, o.keep_ms)
  redis.call('ZREM', k.open, o.plan_id)
  local own = o.plan_id .. ':' .. o.attempt
  local guarded = k.inflight and read('inflight', redis.pcall('GET', k.inflight))
  local others = guarded and guard_without(guarded, own)
  if others and others ~= '' then
    -- Orders that this one repeated are still unknown.
    redis.call('SET', k.inflight, others)
  elseif others then
    if o.guard == 'filled' then
      redis.call('PEXPIRE', k.inflight, math.max(1, tonumber(o.guard_ms)))
    else
      redis.call('DEL', k.inflight)
    end
  end
  -- No permit may be based on the old position until the ledger has counted this fill, however short the cooldown is.
  if k.unsettled and o.guard == 'filled' then redis.call('SET', k.unsettled, own, 'PX', o.keep_ms) end
  -- Permits that were issued but not claimed go into the trace with the result.
  local governor, p33
  if k.governor_permit then
    governor = redis.call('GET', k.governor_permit)
    p33 = redis.call('GET', k.position_permit)
    redis.call('DEL', k.governor_permit, k.position_permit)
  end
  if o.release_dedupe == '1' then redis.call('DEL', k.dedupe) end
  if o.retry_at ~= '' then
    redis.call('HSET', k.journal, 'retry_at_ms', o.retry_at)
    redis.call('ZADD', k.retries, o.retry_at, o.plan_id)
  end
  if o.entry_id then redis.call('XACK', k.plan_stream, o.group, o.entry_id) end
  local said = { step = 'result', attempt = tonumber(o.attempt), at_ms = now, state = o.state, id = id,
    governor = governor or nil, p33 = p33 or nil }
  -- The journal has the result of the newest attempt alone.
  for i = 1, #f, 2 do
    if (f[i] == 'error' or f[i] == 'reason') and f[i + 1] ~= '' then said[f[i]] = f[i + 1] end
  end
  redis.call('RPUSH', k.trace, cjson.encode(said))
  redis.call('PEXPIRE', k.trace, o.keep_ms)
end
