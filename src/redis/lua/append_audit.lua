-- append_audit: one more link of the audit chain, if the newest entry still is the one it links to. Asking again after a lost reply adds nothing.
-- INCLUDE: now
-- KEYS: audit
-- ARGV: prev, hash, genesis, ...fields
-- REPLY: appended id | moved hash nowMs
-- AT MAXMEMORY: allowed
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local last = ARGV[3]
if newest then
  last = ''
  for i = 1, #newest[2], 2 do
    if newest[2][i] == 'hash' then last = newest[2][i + 1] end
  end
  if last == ARGV[2] then return { 'appended', newest[1] } end
end
if last ~= ARGV[1] then return { 'moved', last, text(now_ms()) } end
local fields = {}
for i = 4, #ARGV do fields[#fields + 1] = ARGV[i] end
return { 'appended', redis.call('XADD', KEYS[1], '*', unpack(fields)) }
