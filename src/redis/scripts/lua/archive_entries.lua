-- archive_entries: takes or renews the lease of the one process that writes the archive (ttlMs 0 gives it up), acknowledges in the group
-- `archive` of each stream what the archive holds, and returns what comes next: first what was delivered before and is not acknowledged.
-- Entries that were trimmed before that are counted and reported. `…To` is the newest id that the archive holds, or ''; `…After` the last id
-- that the caller has and has not written yet, or 0. A group that is not there begins with the oldest entry.
-- RUN BY: every role
-- INCLUDE: now, event, measured, stream_info, newer, archived
-- KEYS: archiveLeader, archiveState, planStream, permitEvents, resultStream, governorEvents, keptEvents
-- ARGV: token, instance, ttlMs, about, plansTo, permitsTo, resultsTo, controlTo, plansAfter, permitsAfter, resultsAfter, controlAfter, count, mostBytes, pageBytes
-- REPLY: kept nowMs plans permits results control | other nowMs by | given_up
-- AT MAXMEMORY: allowed
local now = now_ms()
local most, most_of_page = tonumber(mostBytes), tonumber(pageBytes)
local owner = redis.call('GET', archiveLeader)
local held_by, name = string.match(owner or '', '^(%S+) (.*)$')
if owner and held_by ~= token then return { 'other', text(now), name or '' } end

local function acknowledge(stream, source, to)
  if to == '' then return end
  repeat
    local ids = {}
    for i, row in ipairs(redis.call('XPENDING', stream, 'archive', '-', to, 1000)) do ids[i] = row[1] end
    if #ids > 0 then redis.call('XACK', stream, 'archive', unpack(ids)) end
  until #ids < 1000
  redis.call('HSET', archiveState, source .. ':to', to)
end
local function count_missed(source, lost, after, before)
  redis.call('HINCRBY', archiveState, source .. ':missed', text(lost))
  redis.call('HSET', archiveState, source .. ':missed_at', text(now))
  report({ events = governorEvents, kept = keptEvents }, now, 'ARCHIVE_GAP', 'entries were trimmed before they were archived',
    cjson.encode({ stream = source, missed = lost, after = after, before = before }), 'none')
end
-- Of what was delivered before, bodies may be trimmed.
local function whole(stream, source, entries)
  local there, gone = {}, {}
  for _, entry in ipairs(entries) do
    if entry[2] then there[#there + 1] = entry else gone[#gone + 1] = entry[1] end
  end
  if #gone > 0 then
    redis.call('XACK', stream, 'archive', unpack(gone))
    count_missed(source, #gone, gone[1], there[1] and there[1][1] or gone[#gone])
  end
  return there
end
local function page_of(entries)
  local page, bytes = {}, 0
  for _, entry in ipairs(entries) do
    local size = bytes_of(entry[2])
    page[#page + 1] = { entry[1], size > most and text(size) or entry[2] }
    bytes = bytes + math.min(size, most)
    if bytes > most_of_page then break end
  end
  return page
end
local function part(stream, source, to, after)
  local found = archived(stream, archiveState, source)
  if not found then return {} end
  if not found.at then
    redis.call('XGROUP', 'CREATE', stream, 'archive', '0', 'ENTRIESREAD', text(found.gone))
    found.at, found.read = '0-0', found.gone
  end
  acknowledge(stream, source, to)
  local lost = missed(found)
  if lost > 0 then
    count_missed(source, lost, found.at, found.first or found.last)
    found.read = found.gone
  end
  local page
  repeat
    local own = redis.call('XREADGROUP', 'GROUP', 'archive', 'archive', 'COUNT', count, 'STREAMS', stream, after)[1][2]
    page = page_of(whole(stream, source, own))
    if #own > 0 then after = own[#own][1] end
  until #page > 0 or #own == 0
  if #page == 0 then
    local new = redis.call('XREADGROUP', 'GROUP', 'archive', 'archive', 'COUNT', count, 'STREAMS', stream, '>')
    local entries = new and new[1][2] or {}
    found.read = found.read + #entries
    page = page_of(entries)
  end
  redis.call('HSET', archiveState, source .. ':read', text(found.read))
  return page
end

local plans, permits = part(planStream, 'plans', plansTo, plansAfter), part(permitEvents, 'permits', permitsTo, permitsAfter)
local results, control = part(resultStream, 'results', resultsTo, resultsAfter), part(governorEvents, 'control', controlTo, controlAfter)
redis.call('HSET', archiveState, 'about', about)
if ttlMs == '0' then
  redis.call('DEL', archiveLeader)
  return { 'given_up' }
end
redis.call('SET', archiveLeader, token .. ' ' .. instance, 'PX', ttlMs)
return { 'kept', text(now), plans, permits, results, control }
