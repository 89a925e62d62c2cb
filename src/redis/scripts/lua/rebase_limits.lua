-- rebase_limits: after Redis' clock was set, moves the times of a symbol's executions by the same step, so that the limits of an hour
-- and of five minutes count them neither too short nor too long.
-- RUN BY: governor
-- INCLUDE: now, rebase
-- KEYS: server, executions
-- ARGV: symbol
-- REPLY: rebased stepMs
-- AT MAXMEMORY: allowed
return { 'rebased', text(rebase_scores(server, 'limits_steps_ms:' .. symbol, executions)) }
