-- read_control: the stored control state, on the connection that changes it. A key of another type reads as 'null', which is no state.
-- RUN BY: every role, operator
-- KEYS: killSwitch, arm, governorDisarm
-- REPLY: control killSwitch arm governorDisarm
-- AT MAXMEMORY: reads
local function stored(reply)
  if type(reply) == 'table' then return 'null' end
  return reply or ''
end
return { 'control', stored(redis.pcall('GET', killSwitch)), stored(redis.pcall('GET', arm)), stored(redis.pcall('GET', governorDisarm)) }
