-- read_foreign: the newest of the last plans and results that another implementation of Apply wrote (ours carry a schema): its id and its
-- plan; '' for none.
-- RUN BY: operator
-- INCLUDE: now
-- KEYS: planStream, resultStream
-- ARGV: latest, longestPlanId
-- REPLY: newest nowMs planEntry planId resultEntry resultPlanId
-- AT MAXMEMORY: reads
local function newest_foreign(stream)
  for _, entry in ipairs(redis.call('XREVRANGE', stream, '+', '-', 'COUNT', latest)) do
    local plan_id, is_ours = '', false
    for i = 1, #entry[2], 2 do
      if entry[2][i] == 'schema' then is_ours = true end
      if entry[2][i] == 'plan_id' then plan_id = string.sub(entry[2][i + 1], 1, tonumber(longestPlanId)) end
    end
    if not is_ours then return entry[1], plan_id end
  end
  return '', ''
end
local plan_entry, plan_id = newest_foreign(planStream)
local result_entry, result_plan_id = newest_foreign(resultStream)
return { 'newest', text(now_ms()), plan_entry, plan_id, result_entry, result_plan_id }
