-- read_target_types: the types of taken-up proposals; more keys may follow the first.
-- RUN BY: every role
-- KEYS: takenUp
-- REPLY: types found
-- AT MAXMEMORY: reads
local function type_of(key)
  return redis.call('TYPE', key)['ok']
end
local found = { type_of(takenUp) }
for i = 2, #KEYS do found[i] = type_of(KEYS[i]) end
return { 'types', found }
