-- claim_dry_run: a dry run's claim and result in one step. The conditions are those of a real claim, but for the arm state: a
-- disarmed system is a dry run. Nothing is reserved, guarded or raised.
-- INCLUDE: now, claim_conditions, wanted, finish
-- KEYS: journal, governorPermit, positionPermit, killSwitch, hold, inflight, epoch, openPlans, retries, resultStream, planStream, dedupe, trace, server, proposal, wanted
-- ARGV: token, planId, attempt, governorBytes, positionBytes, positionEpoch, governorExpiresMs, positionExpiresMs, state, group, keepMs, quantity, side, killSeen, ...fields
-- REPLY: claimed nowMs publishedMs | taken state | expired | settling | kill_switch_active | proposal_withdrawn | proposal_superseded | on_hold | in_flight | position_changed | permit_gone | permit_changed
-- AT MAXMEMORY: refused
local journal = KEYS[1]
local j = redis.call('HMGET', journal, 'state', 'attempt', 'deadline_ms', 'result_token', 'ended_ms', 'published_ms', 'mode', 'entry_id', 'source', 'action', 'proposal_id', 'generation')
if j[4] == ARGV[1] then return { 'claimed', j[5], j[6] } end
if j[1] ~= 'WAITING' or j[2] ~= ARGV[3] or j[7] ~= 'dry_run' then return { 'taken', j[1] or 'none' } end
local now = now_ms()
if now >= tonumber(j[3]) then return { 'expired' } end
if settling(KEYS[14], now) then return { 'settling' } end
if kill_engaged(KEYS[4], ARGV[14]) then return { 'kill_switch_active' } end
local stands = standing(KEYS[15], KEYS[16], { source = j[9], action = j[10], proposal_id = j[11], stop = '' }, j[12] or '')
if stands ~= 'stands' then return { stands } end
if redis.call('EXISTS', KEYS[5]) == 1 then return { 'on_hold' } end
if redis.call('EXISTS', KEYS[6]) == 1 then return { 'in_flight' } end
if ARGV[6] ~= '' and (redis.call('GET', KEYS[7]) or '0') ~= ARGV[6] then return { 'position_changed' } end
local permits = compare_permits(KEYS[2], KEYS[3], ARGV[4], ARGV[5], ARGV[7], ARGV[8], now)
if permits == 'gone' then return { 'permit_gone' } end
if permits == 'changed' then return { 'permit_changed' } end
redis.call('RPUSH', KEYS[13], cjson.encode({ step = 'claimed', attempt = tonumber(ARGV[3]), at_ms = now, governor = ARGV[4], p33 = ARGV[5],
  side = ARGV[13], quantity = ARGV[12] }))
redis.call('DEL', KEYS[2], KEYS[3])
local wait = text(now - tonumber(j[6]))
local fields = {}
for i = 15, #ARGV do fields[#fields + 1] = ARGV[i] end
fields[#fields + 1] = 'wait_ms'
fields[#fields + 1] = wait
redis.call('HSET', journal, 'claimed_ms', text(now))
finish({ journal = journal, open = KEYS[8], retries = KEYS[9], result_stream = KEYS[10], plan_stream = KEYS[11], dedupe = KEYS[12],
  trace = KEYS[13] },
  { plan_id = ARGV[2], attempt = ARGV[3], token = ARGV[1], entry_id = j[8], state = ARGV[9], guard = 'free', guard_ms = '0', retry_at = '',
    group = ARGV[10], release_dedupe = '0', keep_ms = ARGV[11] }, fields, now)
return { 'claimed', text(now), j[6] }
