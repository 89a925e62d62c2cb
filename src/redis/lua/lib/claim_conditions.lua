-- What must hold at the instant of a claim, and again before a request is signed anew and sent once more.
-- Control state that is missing denies.
local function kill_engaged(kill_switch)
  local kill = redis.call('GET', kill_switch)
  return not kill or cjson.decode(kill)['engaged'] ~= false
end
local function is_disarmed(arm, governor_disarm)
  local armed = redis.call('GET', arm)
  return not armed or cjson.decode(armed)['armed'] ~= true or redis.call('EXISTS', governor_disarm) == 1
end
-- A permit's own expiry binds although its key may live longer.
local function past_its_time(permit, now)
  local expires = cjson.decode(permit)['expires_at_ms']
  return expires ~= nil and (type(expires) ~= 'number' or now >= expires)
end
-- 'same', 'gone' or 'changed': whether both permits still are the bytes that were verified, and still in force.
local function compare_permits(governor_permit, position_permit, governor_bytes, position_bytes, now)
  local g = redis.call('GET', governor_permit)
  local p = redis.call('GET', position_permit)
  if not g or not p then return 'gone' end
  if g ~= governor_bytes or p ~= position_bytes then return 'changed' end
  if past_its_time(g, now) or past_its_time(p, now) then return 'gone' end
  return 'same'
end
