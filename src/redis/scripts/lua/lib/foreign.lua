-- Whether another implementation of Apply wrote a plan or a result: ours carry a schema.
local function is_foreign(flat)
  for i = 1, #flat, 2 do
    if flat[i] == 'schema' then return false end
  end
  return true
end
