-- read_position_evidence: reads everything that the Position Brain's decision is based on, at one instant. A key of another
-- type is read as none, and named.
-- RUN BY: every role (the HTTP interface of every process shows the positions)
-- INCLUDE: now, claim_conditions, typed, guard, position_evidence
-- KEYS: journal, snapshot, ledger, hold, inflight, epoch, ledgerSeen, unsettled, killSwitch, arm, governorDisarm, suspended
-- REPLY: evidence nowMs journal rows wrongTypes
-- AT MAXMEMORY: reads
local j = redis.call('HMGET', journal, 'state', 'attempt', 'deadline_ms', 'entry_id', 'repeats')
-- A full close that goes again is judged while the orders that it repeats are unknown; for every other plan they are in flight.
local rows = position_evidence({ snapshot = snapshot, ledger = ledger, hold = hold, inflight = inflight, unsettled = unsettled, epoch = epoch,
  ledger_seen = ledgerSeen, kill_switch = killSwitch, arm = arm, governor_disarm = governorDisarm, suspended = suspended }, j[5])
return { 'evidence', text(now_ms()), j, rows, wrong_types }
