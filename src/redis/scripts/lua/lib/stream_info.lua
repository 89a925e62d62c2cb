-- A value of a reply of XINFO STREAM by its name; nil if the reply has none, as an error has.
local function info_value(info, name)
  for i = 1, #info, 2 do
    if info[i] == name then return info[i + 1] end
  end
end
