-- The in-flight guard of a symbol names the orders whose outcome is not known, newest first: 'plan_id:attempt' with commas between.
-- There is more than one only after a full close was sent again before the outcome of its predecessor was known.
-- Returns the others of the guard ('' for none), or false if `own` is not among them.
local function guard_without(guard, own)
  local others, found = {}, false
  for each in string.gmatch(guard, '[^,]+') do
    if each == own then found = true else others[#others + 1] = each end
  end
  return found and table.concat(others, ',')
end
-- Whether the guard names only orders that this plan may repeat. `repeats` is a list like the guard, '' or false for none.
local function only_repeated(guard, repeats)
  if type(guard) ~= 'string' or not repeats or repeats == '' then return false end
  for each in string.gmatch(guard, '[^,]+') do
    if not string.find(',' .. repeats .. ',', ',' .. each .. ',', 1, true) then return false end
  end
  return true
end
