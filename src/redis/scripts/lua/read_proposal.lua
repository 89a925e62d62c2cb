-- read_proposal: the named fields of a proposal hash, '' for one that it lacks. Sizes are asked first: with a field of more than mostBytes
-- nothing is read.
-- RUN BY: apply
-- KEYS: proposal
-- ARGV: mostBytes, ...fields
-- REPLY: proposal values | none | too_large field bytes
-- AT MAXMEMORY: reads
if redis.call('EXISTS', proposal) == 0 then return { 'none' } end
for _, field in ipairs(fields) do
  local bytes = redis.call('HSTRLEN', proposal, field)
  if bytes > tonumber(mostBytes) then return { 'too_large', field, tostring(bytes) } end
end
local values = redis.call('HMGET', proposal, unpack(fields))
for i = 1, #fields do values[i] = values[i] or '' end
return { 'proposal', values }
