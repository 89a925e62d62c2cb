-- The entries of a stream between two ids, oldest first, each measured before it is returned: of one that is larger than `most` bytes
-- only its size comes back.
local function bytes_of(values)
  local bytes = 0
  for _, value in ipairs(values) do bytes = bytes + #value end
  return bytes
end
local function entries_between(stream, from, to, count, most)
  local found = {}
  for _, entry in ipairs(redis.call('XRANGE', stream, from, to, 'COUNT', count)) do
    local bytes = bytes_of(entry[2])
    found[#found + 1] = { entry[1], bytes > most and text(bytes) or entry[2] }
  end
  return found
end
