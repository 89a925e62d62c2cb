-- request_retry: makes a plan that ended due for one more attempt, if nothing about it has changed since it was judged and its proposal
-- still stands and is fresh. The attempt uses the newest stamp of the proposal.
-- RUN BY: operator
-- INCLUDE: now, standing
-- KEYS: journal, retries, dedupe, proposal, standing, trace
-- ARGV: planId, state, attempt, maxAttempts, maxAgeMs, detail
-- REPLY: due nowMs | changed state attempt | scheduled dueMs | stale stampMs | proposal_withdrawn | proposal_superseded
-- AT MAXMEMORY: refused
local j = redis.call('HMGET', journal, 'state', 'attempt', 'tries', 'source', 'action', 'proposal_id', 'generation', 'close_pct', 'proposal')
if j[1] ~= state or j[2] ~= attempt then return { 'changed', j[1] or 'none', j[2] or '0' } end
local due = redis.call('ZSCORE', retries, planId)
if due then return { 'scheduled', due } end
local request = { source = j[4], action = j[5], proposal_id = j[6] or '', close_pct = j[8] or '', stop = '' }
local stands = still_stands(proposal, standing, request, j[7] or '')
if stands ~= 'stands' then return { stands } end
local kept = cjson.decode(j[9])
local epoch = tonumber(kept['fields']['last_update_epoch']) or 0
if from_strategy(request.source) then
  local asked = newest(asked_by_hash(proposal), asked_by_record(standing))
  if asked and asked.epoch and asked.epoch > epoch then
    epoch = asked.epoch
    kept['fields']['last_update_epoch'] = string.format('%.3f', epoch)
  end
end
local now = now_ms()
if now - epoch * 1000 > tonumber(maxAgeMs) then return { 'stale', text(epoch * 1000) } end
redis.call('HSET', journal, 'retry_at_ms', text(now), 'proposal', cjson.encode(kept),
  'tries', text(math.min(tonumber(j[3] or '0'), tonumber(maxAttempts) - 1)))
redis.call('DEL', dedupe)
redis.call('ZADD', retries, text(now), planId)
redis.call('RPUSH', trace, cjson.encode({ step = 'retry_asked', attempt = tonumber(attempt), at_ms = now, detail = detail }))
return { 'due', text(now) }
