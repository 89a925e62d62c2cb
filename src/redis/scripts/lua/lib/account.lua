-- Returns the account that the prefix is bound to if it is neither this one nor a compatible one; otherwise false.
local function other_account(bound_key, account, compatible)
  local bound = redis.call('GET', bound_key)
  if not bound or bound == account then return false end
  for allowed in string.gmatch(compatible, '[^ ]+') do
    if allowed == bound then return false end
  end
  return bound
end
