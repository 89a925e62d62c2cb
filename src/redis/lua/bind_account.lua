-- bind_account: the account and mode that the key prefix belongs to. Another one is refused, unless it is named as compatible.
-- KEYS: account
-- ARGV: account, compatible
-- REPLY: bound | other_account account
-- AT MAXMEMORY: allowed
local account = redis.call('GET', KEYS[1])
if account == ARGV[1] then return { 'bound' } end
if account then
  local ok = false
  for allowed in string.gmatch(ARGV[2], '[^ ]+') do
    if allowed == account then ok = true end
  end
  if not ok then return { 'other_account', account } end
end
redis.call('SET', KEYS[1], ARGV[1])
return { 'bound' }
