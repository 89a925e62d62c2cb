-- What the Governor's verdict on a plan is based on, but for the orders that the plan continues or repeats: rows of texts, or nil and
-- Redis' error. k: snapshot, executions, usage, kill_switch, arm, governor_disarm, suspended.
local HOUR_MS, BURST_MS = 3600000, 300000
local function governor_evidence(k, now)
  local s = redis.pcall('HMGET', k.snapshot, 'position_amt', 'mark_price', 'ts_ms', 'ts_epoch', 'clock_steps_ms')
  local in_hour = redis.pcall('ZCOUNT', k.executions, '(' .. text(now - HOUR_MS), '+inf')
  local in_burst = redis.pcall('ZCOUNT', k.executions, '(' .. text(now - BURST_MS), '+inf')
  local u = redis.pcall('HMGET', k.usage, 'day', 'notional', 'qty', 'version')
  for _, each in ipairs({ s, in_hour, in_burst, u }) do
    if type(each) == 'table' and each.err then return nil, each end
  end
  return { s, text(in_hour), text(in_burst), u, kill_engaged(k.kill_switch, 0) and '1' or '0',
    is_disarmed(k.arm, k.governor_disarm, 0) and '1' or '0', redis.call('EXISTS', k.suspended) == 1 and '1' or '0' }
end
