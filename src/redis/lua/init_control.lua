-- init_control: control state where there is none, and the account of the prefix, in one step. On an empty prefix the initial values; on
-- one that an account was bound to, control state was lost: engaged and disarmed. Never overwrites what is there.
-- INCLUDE: now, account
-- KEYS: killSwitch, arm, account, governorEvents
-- ARGV: killSwitch, arm, lostKillSwitch, lostArm, account, compatible
-- REPLY: ready | lost what | other_account account
-- AT MAXMEMORY: allowed
local used = redis.call('EXISTS', KEYS[3]) == 1
local other = ARGV[5] ~= '' and other_account(KEYS[3], ARGV[5], ARGV[6])
if other then return { 'other_account', other } end
local lost = {}
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('SET', KEYS[1], used and ARGV[3] or ARGV[1])
  lost[#lost + 1] = 'kill switch'
end
if redis.call('EXISTS', KEYS[2]) == 0 then
  redis.call('SET', KEYS[2], used and ARGV[4] or ARGV[2])
  lost[#lost + 1] = 'arm state'
end
-- Last, because a user that may bind an account but not write control state ends above.
if ARGV[5] ~= '' then redis.call('SET', KEYS[3], ARGV[5]) end
if not used or #lost == 0 then return { 'ready' } end
local what = table.concat(lost, ' and ')
redis.call('XADD', KEYS[4], '*', 'event', 'CONTROL_RESTORED', 'reason', what .. ' missing on a used prefix', 'context', '{}', 'timestamp', seconds(now_ms()),
  'action_taken', 'stopped')
return { 'lost', what }
