-- note_server: notices that this is another server, or the same one started anew, than the one the prefix was last used on: its last
-- writes may be lost. Remembers when that was noticed.
-- INCLUDE: now
-- KEYS: server, lostTail
-- ARGV: memoryMs
-- REPLY: same | first | changed nowMs
local run_id = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local repl_id = string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)')
local identity = run_id .. ':' .. repl_id
local known = redis.call('GET', KEYS[1])
if known == identity then return { 'same' } end
redis.call('SET', KEYS[1], identity)
if not known then return { 'first' } end
local now = text(now_ms())
redis.call('SET', KEYS[2], now, 'PX', ARGV[1])
return { 'changed', now }
