-- The account that the prefix belongs to, where that is neither this one nor one that is named as compatible; else false.
local function other_account(bound_key, account, compatible)
  local bound = redis.call('GET', bound_key)
  if not bound or bound == account then return false end
  for allowed in string.gmatch(compatible, '[^ ]+') do
    if allowed == bound then return false end
  end
  return bound
end
