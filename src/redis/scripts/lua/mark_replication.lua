-- mark_replication: writes something, so that a WAIT after it on the same connection covers everything that this server has written.
-- Only on the server that is meant: acknowledgements of another one say nothing of what was written there.
-- RUN BY: every role
-- KEYS: probe
-- ARGV: runId, replId
-- REPLY: marked | other_server
-- AT MAXMEMORY: allowed
local info = redis.call('INFO', 'server', 'replication')
local function field(name)
  return string.match(info, '\n' .. name .. ':(%S+)')
end
if field('run_id') ~= runId then return { 'other_server' } end
-- The same server, demoted and promoted again. (A first replica changes the replication id too, and leaves the second one zero.)
if field('master_replid') ~= replId and string.find(field('master_replid2'), '[^0]') then return { 'other_server' } end
redis.call('SET', probe, '1', 'PX', 5000)
return { 'marked' }
