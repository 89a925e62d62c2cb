-- read_foreign: the newest of the last plans and results that another implementation of Apply wrote: its id and its plan; '' for none.
-- RUN BY: operator
-- INCLUDE: now, foreign
-- KEYS: planStream, resultStream
-- ARGV: latest, longestPlanId
-- REPLY: newest nowMs planEntry planId resultEntry resultPlanId
-- AT MAXMEMORY: reads
local function newest_foreign(stream)
  for _, entry in ipairs(redis.call('XREVRANGE', stream, '+', '-', 'COUNT', latest)) do
    if is_foreign(entry[2]) then
      for i = 1, #entry[2], 2 do
        if entry[2][i] == 'plan_id' then return entry[1], string.sub(entry[2][i + 1], 1, tonumber(longestPlanId)) end
      end
      return entry[1], ''
    end
  end
  return '', ''
end
local plan_entry, plan_id = newest_foreign(planStream)
local result_entry, result_plan_id = newest_foreign(resultStream)
return { 'newest', text(now_ms()), plan_entry, plan_id, result_entry, result_plan_id }
