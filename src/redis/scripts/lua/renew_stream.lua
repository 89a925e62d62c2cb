-- renew_stream: makes a stream take entries again after somebody appended an id that is further ahead of Redis' clock than reachMs, or put a
-- key of another type in its place. The entries with such ids are removed, the last id is set back, and what is still needed is appended
-- again in its order: with keep 'all' every entry, with 'unread' what a group has not read or acknowledged, with 'none' nothing.
-- Groups and all other entries stay as they are.
-- RUN BY: operator
-- INCLUDE: now, event, newer
-- KEYS: renewed, governorEvents, keptEvents
-- ARGV: name, reachMs, keep, groups, reason, actor
-- REPLY: renewed lastId moved removed | replaced type | fine lastId | absent
-- AT MAXMEMORY: allowed
local now = now_ms()
local limit = text(now + tonumber(reachMs)) .. '-0'
local function fields_of(flat)
  local fields = {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return fields
end
local function renewed_as(what)
  report({ events = governorEvents, kept = keptEvents }, now, 'STREAM_RENEWED', reason,
    cjson.encode({ stream = name, actor = actor, before = what }), 'stream_takes_entries')
end

local found = redis.call('TYPE', renewed)['ok']
if found == 'none' then return { 'absent' } end
if found ~= 'stream' then
  redis.call('DEL', renewed)
  for group in string.gmatch(groups, '[^,]+') do redis.call('XGROUP', 'CREATE', renewed, group, '0', 'MKSTREAM') end
  renewed_as(found)
  return { 'replaced', found }
end
local info = fields_of(redis.call('XINFO', 'STREAM', renewed))
local before = info['last-generated-id']
if not is_newer(before, limit) then return { 'fine', before } end

local ahead = redis.call('XRANGE', renewed, limit, '+')
local needed = {}
local readers = redis.call('XINFO', 'GROUPS', renewed)
for i, row in ipairs(readers) do
  local group = fields_of(row)
  readers[i] = group
  for _, entry in ipairs(ahead) do
    if is_newer(entry[1], group['last-delivered-id']) then needed[entry[1]] = true end
  end
  for _, pending in ipairs(redis.call('XPENDING', renewed, group['name'], limit, '+', 100000)) do
    needed[pending[1]] = true
    redis.call('XACK', renewed, group['name'], pending[1])
  end
end
for _, entry in ipairs(ahead) do redis.call('XDEL', renewed, entry[1]) end
local newest = redis.call('XREVRANGE', renewed, '+', '-', 'COUNT', 1)[1]
local last = text(now) .. '-0'
if newest and is_newer(newest[1], last) then last = newest[1] end
redis.call('XSETID', renewed, last, 'ENTRIESADDED', info['entries-added'], 'MAXDELETEDID', '0-1')
for _, group in ipairs(readers) do
  if is_newer(group['last-delivered-id'], last) then redis.call('XGROUP', 'SETID', renewed, group['name'], last) end
end
local moved = 0
for _, entry in ipairs(ahead) do
  if keep == 'all' or (keep == 'unread' and needed[entry[1]]) then
    redis.call('XADD', renewed, '*', unpack(entry[2]))
    moved = moved + 1
  end
end
renewed_as(before)
return { 'renewed', last, text(moved), text(#ahead - moved) }
