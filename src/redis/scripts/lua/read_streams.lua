-- read_streams: the newest id that each stream has given out, or what is wrong with its key, and how many events wait for the event
-- stream. Readiness runs it, so it also proves that scripts run.
-- RUN BY: every role
-- INCLUDE: now, stream_info
-- KEYS: proposalStream, cellsProposals, planStream, resultStream, permitEvents, governorEvents, deadLetters, keptEvents
-- REPLY: streams nowMs keptEvents proposalStream cellsProposals planStream resultStream permitEvents governorEvents deadLetters
-- AT MAXMEMORY: reads
local function last_id(info)
  return info.err or info_value(info, 'last-generated-id') or ''
end
local kept = redis.pcall('LLEN', keptEvents)
return { 'streams', text(now_ms()), type(kept) == 'number' and text(kept) or kept.err, last_id(redis.pcall('XINFO', 'STREAM', proposalStream)),
  last_id(redis.pcall('XINFO', 'STREAM', cellsProposals)),
  last_id(redis.pcall('XINFO', 'STREAM', planStream)), last_id(redis.pcall('XINFO', 'STREAM', resultStream)),
  last_id(redis.pcall('XINFO', 'STREAM', permitEvents)), last_id(redis.pcall('XINFO', 'STREAM', governorEvents)),
  last_id(redis.pcall('XINFO', 'STREAM', deadLetters)) }
