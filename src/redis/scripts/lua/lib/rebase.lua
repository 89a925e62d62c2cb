-- After Redis' clock was set, moves the scores (times in ms) of a sorted set by the same step, once for each step: `field` of the
-- server's hash keeps which steps they include. Returns the step.
local function rebase_scores(server, field, scores)
  local c = redis.call('HMGET', server, 'clock_steps_ms', field)
  local step = (tonumber(c[1] or '') or 0) - (tonumber(c[2] or '') or 0)
  if step == 0 then return step end
  local rows = redis.call('ZRANGE', scores, 0, -1, 'WITHSCORES')
  for i = 1, #rows, 2 do redis.call('ZADD', scores, text(tonumber(rows[i + 1]) + step), rows[i]) end
  redis.call('HSET', server, field, c[1])
  return step
end
