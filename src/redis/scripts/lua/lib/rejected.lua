-- What people have rejected of the requests of a strategy, in the record of the symbol: `episode:identity,identity`. Another episode
-- begins without. record: as asked_by_record reads it.
local MOST_REJECTED = 64
local function rejected_in(record)
  return string.match(record.rejected, '^' .. record.episode .. ':(.*)$') or ''
end
local function is_rejected(record, identity)
  return string.find(',' .. rejected_in(record) .. ',', ',' .. identity .. ',', 1, true) ~= nil
end
local function reject(record_key, identity)
  local record = asked_by_record(record_key)
  if not record or record.is_unreadable or is_rejected(record, identity) then return end
  local identities = { identity }
  for each in string.gmatch(rejected_in(record), '[^,]+') do
    if #identities < MOST_REJECTED then identities[#identities + 1] = each end
  end
  redis.call('HSET', record_key, 'rejected', record.episode .. ':' .. table.concat(identities, ','))
end
