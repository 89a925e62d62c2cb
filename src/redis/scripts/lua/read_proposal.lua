-- read_proposal: the named fields of proposal hashes, '' for one that a hash lacks. Sizes are asked first: of a hash with a field of more than
-- mostBytes nothing is read. Answers for each key `none`, `proposal` and its values, `too_large`, the field and its bytes, or `error` and what Redis says.
-- More keys may follow the first.
-- RUN BY: apply
-- KEYS: proposal
-- ARGV: mostBytes, ...fields
-- REPLY: proposals found
-- AT MAXMEMORY: reads
local function found_in(hash)
  local said
  if redis.call('EXISTS', hash) == 0 then said = { 'none' } end
  for _, field in ipairs(said and {} or fields) do
    local bytes = redis.pcall('HSTRLEN', hash, field)
    if type(bytes) == 'table' then said = { 'error', bytes.err } break end
    if bytes > tonumber(mostBytes) then said = { 'too_large', field, tostring(bytes) } break end
  end
  if said then return said end
  local values = redis.call('HMGET', hash, unpack(fields))
  for i = 1, #fields do values[i] = values[i] or '' end
  said = { 'proposal', values }
  return said
end
local found = { found_in(proposal) }
for i = 2, #KEYS do found[i] = found_in(KEYS[i]) end
return { 'proposals', found }
