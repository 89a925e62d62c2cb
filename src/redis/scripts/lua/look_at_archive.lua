-- look_at_archive: who writes the archive, what was stored about it, and for each stream how many entries are not archived, how many of these
-- are trimmed, and the id of the oldest that is left.
-- RUN BY: every role
-- INCLUDE: now, stream_info, newer, archived
-- KEYS: archiveLeader, archiveState, planStream, permitEvents, resultStream, governorEvents
-- REPLY: seen nowMs leader state plans permits results control
-- AT MAXMEMORY: reads
local function part(stream, source)
  local found = archived(stream, archiveState, source)
  local waiting, lost, oldest = 0, 0, ''
  if found and not found.at then waiting, oldest = found.added - found.gone, found.first or '' end
  if found and found.at then
    waiting, lost = found.pending + math.max(0, found.added - found.read), missed(found)
    local next_one = redis.call('XRANGE', stream, '(' .. found.at, '+', 'COUNT', 1)[1]
    oldest = found.oldest or (next_one and next_one[1]) or ''
  end
  return { text(waiting), text(lost), oldest }
end
local by = string.match(redis.call('GET', archiveLeader) or '', '^%S+ (.*)$')
return { 'seen', text(now_ms()), by or '', redis.call('HGETALL', archiveState), part(planStream, 'plans'), part(permitEvents, 'permits'),
  part(resultStream, 'results'), part(governorEvents, 'control') }
