-- bind_account: binds the key prefix to an account and mode, for a process that may not write control state. Refuses another account,
-- unless it is compatible. Binds nothing while control state is missing, because a bound prefix counts as used.
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
