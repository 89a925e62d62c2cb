-- Redis' clock, the only clock that decides about windows. Milliseconds, as a number and as text.
local function now_ms()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end
local function text(n)
  return string.format('%.0f', n)
end
-- Epoch seconds with three decimals, the format of the stream fields.
local function seconds(n)
  return string.format('%.3f', n / 1000)
end
-- Whole epoch seconds, the format of ledger and snapshot: the guide's services read those with Python's int(), which takes no fraction.
local function whole_seconds(n)
  return string.format('%.0f', math.floor(n / 1000))
end
