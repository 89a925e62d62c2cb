-- init_control: control state on an empty prefix. Never overwrites what is there.
-- KEYS: killSwitch, arm
-- ARGV: killSwitch, arm
-- REPLY: ready
-- AT MAXMEMORY: allowed
redis.call('SET', KEYS[1], ARGV[1], 'NX')
redis.call('SET', KEYS[2], ARGV[2], 'NX')
return { 'ready' }
