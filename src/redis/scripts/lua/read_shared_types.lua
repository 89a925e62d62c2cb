-- read_shared_types: the types of the keys that there is one of for the whole deployment, in the order of the keys.
-- RUN BY: every role
-- KEYS: keptEvents, openPlans, retries, planIndex, unknownFills, exchangeCompared, streamAlive, openReservations, governorErrors, governorDisarm, killSwitch, arm, account, server, waitingApprovals, settledDeadLetters, auditHeads, ban, exchangeUsage
-- REPLY: types found
-- AT MAXMEMORY: reads
local function type_of(key)
  return redis.call('TYPE', key)['ok']
end
return { 'types', { type_of(keptEvents), type_of(openPlans), type_of(retries), type_of(planIndex), type_of(unknownFills),
  type_of(exchangeCompared), type_of(streamAlive), type_of(openReservations), type_of(governorErrors), type_of(governorDisarm),
  type_of(killSwitch), type_of(arm), type_of(account), type_of(server), type_of(waitingApprovals), type_of(settledDeadLetters),
  type_of(auditHeads), type_of(ban), type_of(exchangeUsage) } }
