-- report_ban: forbids calls to the venue for every process; never shortens a ban that is longer.
-- KEYS: ban
-- ARGV: untilMs, forMs
-- REPLY: banned | longer
-- AT MAXMEMORY: allowed
if redis.call('PTTL', KEYS[1]) >= tonumber(ARGV[2]) then return { 'longer' } end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return { 'banned' }
