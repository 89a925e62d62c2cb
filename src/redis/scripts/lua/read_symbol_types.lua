-- read_symbol_types: which keys of symbols have another type than they are used as, and what the strategy of each symbol asks for.
-- `expected`: the type of each key, in the order of the keys. Of each further symbol: the same keys again.
-- RUN BY: every role
-- KEYS: proposal, snapshot, ledger, inflight, unsettled, standing, refused, epoch, hold, suspended, ledgerSeen, executions, usage
-- ARGV: ...expected
-- REPLY: types symbols
-- AT MAXMEMORY: reads
local function look(wrong, at, key)
  local found = redis.call('TYPE', key)['ok']
  if found == 'none' or found == expected[at] then return end
  wrong[#wrong + 1] = tostring(at - 1)
  wrong[#wrong + 1] = found
end
local function of_symbol(hash, seen, own, flight, open, asks, no, rise, held, stopped, known, done, used)
  local wrong = {}
  look(wrong, 1, hash)
  look(wrong, 2, seen)
  look(wrong, 3, own)
  look(wrong, 4, flight)
  look(wrong, 5, open)
  look(wrong, 6, asks)
  look(wrong, 7, no)
  look(wrong, 8, rise)
  look(wrong, 9, held)
  look(wrong, 10, stopped)
  look(wrong, 11, known)
  look(wrong, 12, done)
  look(wrong, 13, used)
  local asked = redis.pcall('HMGET', asks, 'action', 'close_pct', 'proposal_id')
  return { wrong, asked.err and {} or asked }
end
local symbols = { of_symbol(proposal, snapshot, ledger, inflight, unsettled, standing, refused, epoch, hold, suspended, ledgerSeen, executions, usage) }
for i = 14, #KEYS, 13 do
  symbols[#symbols + 1] = of_symbol(KEYS[i], KEYS[i + 1], KEYS[i + 2], KEYS[i + 3], KEYS[i + 4], KEYS[i + 5], KEYS[i + 6],
    KEYS[i + 7], KEYS[i + 8], KEYS[i + 9], KEYS[i + 10], KEYS[i + 11], KEYS[i + 12])
end
return { 'types', symbols }
