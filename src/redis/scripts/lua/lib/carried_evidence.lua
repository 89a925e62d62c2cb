-- Whether a permit may rest on the evidence that its plan carries: the entry is the one that was published, Redis' clock agrees with the
-- time at which the issuer judged, and the keys still hold the same. So evidence that nobody read, or that is old, permits nothing.
local JUDGED_WITHIN_MS = 250
local function still_holds(journal, entry_id, judged_ms, now, carried, rows)
  return redis.call('HGET', journal, 'entry_id') == entry_id and math.abs(now - tonumber(judged_ms)) <= JUDGED_WITHIN_MS
    and cjson.encode(rows) == carried
end
