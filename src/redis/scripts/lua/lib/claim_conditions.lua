-- What must hold at the instant of a claim, and again before a request is signed anew and sent once more.
-- The issuers ask the first two as well, before they give a permit.
-- Control state that is missing or unreadable denies, and so does one that is older than a stop the caller has seen: Redis has lost that stop.
local function control_state(key)
  local ok, state = pcall(cjson.decode, redis.call('GET', key) or '')
  return ok and type(state) == 'table' and state or {}
end
local function older(state, seen)
  return (tonumber(state['seq']) or 0) < tonumber(seen)
end
local function kill_engaged(kill_switch, seen)
  local state = control_state(kill_switch)
  return state['engaged'] ~= false or older(state, seen)
end
local function is_disarmed(arm, governor_disarm, seen)
  local state = control_state(arm)
  return state['armed'] ~= true or older(state, seen) or redis.call('EXISTS', governor_disarm) == 1
end
-- Whether an order that Redis has forgotten may still be on its way: another server answers than wrote the data, or it is not known which.
local function settling(server, now)
  local settle_until = redis.call('HGET', server, 'settle_until_ms')
  return not settle_until or now < tonumber(settle_until)
end
-- A permit's own expiry binds although its key may live longer: what the bytes that were verified say of it, '' for nothing.
local function past_its_time(expires_ms, now)
  return expires_ms ~= '' and now >= tonumber(expires_ms)
end
-- 'same', 'gone' or 'changed': whether both permits still are the bytes that were verified, and still in force.
local function compare_permits(governor_permit, position_permit, verified, now)
  local g = redis.call('GET', governor_permit)
  local p = redis.call('GET', position_permit)
  if not g or not p then return 'gone' end
  if g ~= verified.governor or p ~= verified.position then return 'changed' end
  if past_its_time(verified.governor_expires_ms, now) or past_its_time(verified.position_expires_ms, now) then return 'gone' end
  return 'same'
end
