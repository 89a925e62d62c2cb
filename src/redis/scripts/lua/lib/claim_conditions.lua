-- The conditions at the instant of a claim, checked again before a request is signed and sent again.
-- The issuers check the first two as well before they issue a permit.
-- Control state denies if it is missing, unreadable, or older than a stop that the caller has seen, because Redis then lost that stop.
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
-- Whether an order that Redis lost may still reach the exchange: another server answers than the one that wrote the data, or that is unknown.
local function settling(server, now)
  local settle_until = redis.call('HGET', server, 'settle_until_ms')
  return not settle_until or now < tonumber(settle_until)
end
-- The expiry inside a permit counts although its key may live longer. It comes from the verified bytes; '' for none.
local function past_its_time(expires_ms, now)
  return expires_ms ~= '' and now >= tonumber(expires_ms)
end
-- Returns 'same' if both permits are still the verified bytes and have not expired, otherwise 'gone' or 'changed'.
local function compare_permits(governor_permit, position_permit, verified, now)
  local g = redis.call('GET', governor_permit)
  local p = redis.call('GET', position_permit)
  if not g or not p then return 'gone' end
  if g ~= verified.governor or p ~= verified.position then return 'changed' end
  if past_its_time(verified.governor_expires_ms, now) or past_its_time(verified.position_expires_ms, now) then return 'gone' end
  return 'same'
end
