-- One key of another type than ours is the trouble of its symbol: it must stop no script that others need, or half way.
-- Give `read` the reply of a redis.pcall: where the key is of another type it answers false, as for none, and notes the name.
local wrong_types = {}
local function read(name, reply)
  if type(reply) ~= 'table' or not reply.err then return reply end
  if not string.find(reply.err, 'WRONGTYPE', 1, true) then error(reply) end
  wrong_types[#wrong_types + 1] = name
  return false
end
-- Raises a position epoch. One that is no number stays as it is, and its symbol is stopped: no claim can raise it either.
local function raise(epoch)
  local raised = redis.pcall('INCR', epoch)
  if type(raised) ~= 'table' or not raised.err then return end
  if not string.find(raised.err, 'WRONGTYPE', 1, true) and not string.find(raised.err, 'not an integer', 1, true) then error(raised) end
  wrong_types[#wrong_types + 1] = 'epoch'
end
