-- init_control: control state on an empty prefix, and the account the prefix belongs to. Never overwrites what is there. A process
-- that does not know its account (`''`) is not compared: a Governor alone holds no exchange keys.
-- KEYS: killSwitch, arm, account
-- ARGV: killSwitch, arm, account, compatible
-- REPLY: ready killSwitch arm account | other_account account
local account = redis.call('GET', KEYS[3])
if account and ARGV[3] ~= '' and account ~= ARGV[3] then
  local ok = false
  for allowed in string.gmatch(ARGV[4], '[^ ]+') do
    if allowed == account then ok = true end
  end
  if not ok then return { 'other_account', account } end
  redis.call('SET', KEYS[3], ARGV[3])
elseif not account and ARGV[3] ~= '' then
  redis.call('SET', KEYS[3], ARGV[3])
end
redis.call('SET', KEYS[1], ARGV[1], 'NX')
redis.call('SET', KEYS[2], ARGV[2], 'NX')
return { 'ready', redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2]), redis.call('GET', KEYS[3]) or '' }
