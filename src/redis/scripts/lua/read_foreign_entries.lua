-- read_foreign_entries: the plans and results of another implementation of Apply after two ids, oldest first, among the next `count`
-- entries of each stream; and the last ids that were looked at, '' where nothing came after. Entries larger than mostBytes are left out.
-- RUN BY: every role
-- INCLUDE: now, measured, foreign
-- KEYS: planStream, resultStream
-- ARGV: plansAfter, resultsAfter, count, mostBytes
-- REPLY: foreign nowMs plans lastPlan results lastResult
-- AT MAXMEMORY: reads
local function foreign_after(stream, after)
  local found, last = {}, ''
  for _, entry in ipairs(redis.call('XRANGE', stream, '(' .. after, '+', 'COUNT', count)) do
    last = entry[1]
    if is_foreign(entry[2]) and bytes_of(entry[2]) <= tonumber(mostBytes) then found[#found + 1] = entry end
  end
  return found, last
end
local plans, last_plan = foreign_after(planStream, plansAfter)
local results, last_result = foreign_after(resultStream, resultsAfter)
return { 'foreign', text(now_ms()), plans, last_plan, results, last_result }
