-- read_surroundings: what a proposal is judged beside, as of one instant.
-- INCLUDE: now
-- KEYS: killSwitch, arm, governorDisarm, episode, snapshot
-- REPLY: surroundings nowMs killSwitch arm governorDisarm episode snapshot
-- AT MAXMEMORY: reads
return { 'surroundings', text(now_ms()), redis.call('GET', KEYS[1]) or '', redis.call('GET', KEYS[2]) or '', redis.call('GET', KEYS[3]) or '',
  redis.call('GET', KEYS[4]) or '', redis.call('HMGET', KEYS[5], 'position_amt', 'mark_price', 'ts_ms', 'ts_epoch') }
