-- Redis' clock, the only one that decides about windows. Milliseconds, as a number and as text.
local function now_ms()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end
local function text(n)
  return string.format('%.0f', n)
end
-- Epoch seconds with milliseconds, as the stream fields carry them.
local function seconds(n)
  return string.format('%.3f', n / 1000)
end
