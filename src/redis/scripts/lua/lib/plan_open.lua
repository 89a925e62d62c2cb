-- Whether this attempt still accepts verdicts. Without a journal (a foreign Apply) the deadline of the caller decides.
-- Returns 'open', 'closed' or 'expired'.
local function plan_open(journal, attempt, deadline, now)
  local j = redis.call('HMGET', journal, 'state', 'attempt', 'deadline_ms')
  if j[1] then
    if attempt == '' or j[2] ~= attempt then return 'closed' end
    if j[1] ~= 'PUBLISHED' and j[1] ~= 'WAITING' then return 'closed' end
    if now >= tonumber(j[3]) then return 'expired' end
    return 'open'
  end
  if now >= tonumber(deadline) then return 'expired' end
  return 'open'
end
