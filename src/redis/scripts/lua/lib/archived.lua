-- How far the group of the archive is in a stream; nil for a stream that is not there. `first` is its oldest entry, `gone` how many entries
-- it was given and does not hold any more. Of a group that is there: the last id that it delivered, how many entries are delivered and not
-- acknowledged, the oldest of these, and how many were delivered or counted as missed so far, where that is known.
local function archived(stream, state, source)
  local info = redis.pcall('XINFO', 'STREAM', stream)
  if info.err then return nil end
  local first = info_value(info, 'first-entry')
  local added = info_value(info, 'entries-added')
  local found = { first = first and first[1], last = info_value(info, 'last-generated-id'), added = added,
    gone = added - info_value(info, 'length') }
  for _, row in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    if info_value(row, 'name') == 'archive' then
      found.at, found.pending = info_value(row, 'last-delivered-id'), info_value(row, 'pending')
      found.oldest = found.pending > 0 and redis.call('XPENDING', stream, 'archive')[2]
      found.read = found.at == found.last and added or tonumber(redis.call('HGET', state, source .. ':read') or found.gone)
    end
  end
  return found
end
-- How many entries after the last delivered one were trimmed before they were delivered.
local function missed(found)
  local is_behind = is_newer(found.first or found.last, found.at)
  return is_behind and found.gone > found.read and found.gone - found.read or 0
end
