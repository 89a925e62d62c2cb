-- init_control: writes missing control state and binds the account of the prefix, in one step. An empty prefix gets the initial values. On
-- a bound prefix control state was lost, so it gets an engaged kill switch and a disarmed system. Never overwrites existing values.
-- RUN BY: operator
-- INCLUDE: now, account, event
-- KEYS: killSwitch, arm, account, governorEvents, keptEvents
-- ARGV: initialKillSwitch, initialArm, lostKillSwitch, lostArm, ownAccount, compatible
-- REPLY: ready | lost what | other_account account
-- AT MAXMEMORY: allowed
local used = redis.call('EXISTS', account) == 1
local other = ownAccount ~= '' and other_account(account, ownAccount, compatible)
if other then return { 'other_account', other } end
local lost = {}
if redis.call('EXISTS', killSwitch) == 0 then
  redis.call('SET', killSwitch, used and lostKillSwitch or initialKillSwitch)
  lost[#lost + 1] = 'kill switch'
end
if redis.call('EXISTS', arm) == 0 then
  redis.call('SET', arm, used and lostArm or initialArm)
  lost[#lost + 1] = 'arm state'
end
-- The account is written last, because a user that may not write control state must fail above.
if ownAccount ~= '' then redis.call('SET', account, ownAccount) end
if not used or #lost == 0 then return { 'ready' } end
local what = table.concat(lost, ' and ')
report({ events = governorEvents, kept = keptEvents }, now_ms(), 'CONTROL_RESTORED', what .. ' missing on a used prefix', '{}', 'stopped')
return { 'lost', what }
