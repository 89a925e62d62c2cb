-- append_audit: adds one entry to the audit chain if the newest entry is still the one it links to. A second run after a lost
-- reply adds nothing. A newest entry without a hash was not written by this system: the chain goes on after it with an empty link,
-- which shows where it is broken.
-- RUN BY: every role
-- INCLUDE: now
-- KEYS: audit
-- ARGV: prev, hash, genesis, ...fields
-- REPLY: appended id | moved hash nowMs
-- AT MAXMEMORY: allowed
local newest = redis.call('XREVRANGE', audit, '+', '-', 'COUNT', 1)[1]
local last = genesis
if newest then
  last = ''
  for i = 1, #newest[2], 2 do
    if newest[2][i] == 'hash' then last = newest[2][i + 1] end
  end
  if last == hash then return { 'appended', newest[1] } end
end
if last ~= prev then return { 'moved', last, text(now_ms()) } end
return { 'appended', redis.call('XADD', audit, '*', unpack(fields)) }
