-- bind_account: the account and mode that the key prefix belongs to, by a process that may not write control state. Another account is
-- refused, unless it is named as compatible. Where control state is missing nothing is bound: a bound prefix is a used one.
-- RUN BY: apply, position-brain
-- INCLUDE: account
-- KEYS: account, killSwitch, arm
-- ARGV: ownAccount, compatible
-- REPLY: bound | other_account account | no_control
-- AT MAXMEMORY: allowed
if redis.call('EXISTS', killSwitch) == 0 or redis.call('EXISTS', arm) == 0 then return { 'no_control' } end
local other = other_account(account, ownAccount, compatible)
if other then return { 'other_account', other } end
redis.call('SET', account, ownAccount)
return { 'bound' }
