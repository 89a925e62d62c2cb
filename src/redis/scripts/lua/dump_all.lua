-- dump_all: every key of the prefix as of one instant: its name, when it expires (milliseconds, 0 for never) and its value as DUMP
-- writes it; and the account that the prefix is bound to, '' for none. Redis answers nobody else while it runs.
-- RUN BY: backup
-- INCLUDE: now
-- KEYS: account
-- ARGV: pattern
-- REPLY: dumped nowMs account ...
-- AT MAXMEMORY: reads
local reply = { 'dumped', text(now_ms()), redis.call('GET', account) or '' }
for _, key in ipairs(redis.call('KEYS', pattern)) do
  local expires = redis.call('PEXPIRETIME', key)
  reply[#reply + 1] = key
  reply[#reply + 1] = expires < 0 and '0' or text(expires)
  -- Never false: no key ends while a script runs.
  reply[#reply + 1] = redis.call('DUMP', key)
end
return reply
