-- report_ban: bans calls to the exchange for every process. Never shortens a longer ban.
-- RUN BY: every role
-- KEYS: ban
-- ARGV: untilMs, forMs
-- REPLY: banned | longer
-- AT MAXMEMORY: allowed
if redis.call('PTTL', ban) >= tonumber(forMs) then return { 'longer' } end
redis.call('SET', ban, untilMs, 'PX', forMs)
return { 'banned' }
