-- read_clock: Redis' clock, read by the server that has the open plans.
-- RUN BY: every role, operator
-- INCLUDE: now
-- KEYS: openPlans
-- REPLY: now nowMs
-- AT MAXMEMORY: reads
redis.call('EXISTS', openPlans)
return { 'now', text(now_ms()) }
