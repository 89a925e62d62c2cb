-- Wakes the waiting plan. The permit is written already and is found without the event too, within a step of the fallback check, so a
-- stream that cannot take it undoes nothing. Returns what is wrong with the stream, '' if nothing.
local function wake(events, max_len, plan_id, attempt, issuer, verdict, permit)
  local added = redis.pcall('XADD', events, 'MAXLEN', '~', max_len, '*', 'plan_id', plan_id, 'attempt', attempt, 'issuer', issuer,
    'verdict', verdict, 'permit', permit)
  return type(added) == 'table' and added.err or ''
end
