-- measure_streams: the newest id of each stream that Apply trims, and how many entries it was given so far; '' for a stream that is not there.
-- RUN BY: apply
-- INCLUDE: stream_info
-- KEYS: proposalStream, planStream, resultStream, governorEvents, cellsProposals
-- REPLY: measured proposalId proposals planId plans resultId results eventId events cellsId cellsProposals
-- AT MAXMEMORY: reads
local function measure(info)
  return { info_value(info, 'last-generated-id') or '', tostring(info_value(info, 'entries-added') or '') }
end
local proposals, plans = measure(redis.pcall('XINFO', 'STREAM', proposalStream)), measure(redis.pcall('XINFO', 'STREAM', planStream))
local results, events = measure(redis.pcall('XINFO', 'STREAM', resultStream)), measure(redis.pcall('XINFO', 'STREAM', governorEvents))
local cells = measure(redis.pcall('XINFO', 'STREAM', cellsProposals))
return { 'measured', proposals[1], proposals[2], plans[1], plans[2], results[1], results[2], events[1], events[2], cells[1], cells[2] }
