-- rebase_plans: after Redis' clock was set, moves the times at which open plans and retries are due by the same step.
-- RUN BY: apply
-- INCLUDE: now, rebase
-- KEYS: server, openPlans, retries
-- REPLY: rebased stepMs
-- AT MAXMEMORY: allowed
local step = rebase_scores(server, 'plans_steps_ms', openPlans)
rebase_scores(server, 'retries_steps_ms', retries)
return { 'rebased', text(step) }
