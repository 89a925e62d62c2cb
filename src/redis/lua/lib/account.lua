-- Binds the prefix to one account and mode, unless it belongs to another that is not named as compatible. Returns that other, or false.
local function bind_account(account_key, account, compatible)
  local bound = redis.call('GET', account_key)
  if bound == account then return false end
  if bound then
    local ok = false
    for allowed in string.gmatch(compatible, '[^ ]+') do
      if allowed == bound then ok = true end
    end
    if not ok then return bound end
  end
  redis.call('SET', account_key, account)
  return false
end
