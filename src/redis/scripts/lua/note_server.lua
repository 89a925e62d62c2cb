-- note_server: records with the data which Redis server answers. Another server than the one that wrote the data may lack the last
-- writes: it was restarted, or promoted before it had received everything. After such a change, and after the data was deleted under
-- a running process, nothing is claimed for settleMs. The same holds after Redis' clock was set: times that were stored before do not
-- fit the new clock. expectedMs is what the caller expects the clock to show at least, '' if unknown; forward says that the caller
-- has ruled out that its command was late, knownStepsMs which steps it knows. clockStepsMs is the sum of all steps, stepMs the step of the last change. This script is sent in full before every other script, so that a server that
-- knows a script has been recorded.
-- RUN BY: every role, operator
-- INCLUDE: now, event
-- KEYS: server, governorEvents, keptEvents
-- ARGV: settleMs, knownSinceMs, expectedMs, knownStepsMs, forward
-- REPLY: same nowMs runId replId sinceMs changedMs settleUntilMs clockStepsMs stepMs | first nowMs runId replId sinceMs changedMs settleUntilMs clockStepsMs stepMs | changed nowMs runId replId sinceMs changedMs settleUntilMs clockStepsMs stepMs
-- AT MAXMEMORY: allowed
local info = redis.call('INFO', 'server', 'replication')
local function field(name)
  return string.match(info, '\n' .. name .. ':(%S+)')
end
local run_id, replid = field('run_id'), field('master_replid')
local s = redis.call('HMGET', server, 'run_id', 'replid', 'since_ms', 'changed_ms', 'settle_until_ms',
  'clock_steps_ms', 'step_ms', 'seen_ms')
local now = now_ms()
local word = 'same'
local why = nil
if not s[1] then
  if knownSinceMs == '' then word = 'first' else why = 'emptied' end
elseif knownSinceMs ~= '' and (tonumber(s[3]) or 0) > tonumber(knownSinceMs) then
  why = 'emptied'
elseif s[1] ~= run_id then
  why = field('master_replid2') == s[2] and 'promoted' or 'restarted'
elseif s[2] ~= replid and string.find(field('master_replid2'), '[^0]') then
  -- The same server, demoted and promoted again. (A first replica changes the replication id too, and leaves the second one zero.)
  why = 'promoted'
end
-- The time of the last call shows a clock that was set back even when no process ran meanwhile. Smaller differences are no step.
local STEP_MS = 2000
local expected = tonumber(expectedMs) or tonumber(s[8] or '') or now
-- A step that another process has recorded already is not counted again.
local is_news = expectedMs == '' or (s[6] or '0') == knownStepsMs
local step = 0
if is_news and (now < expected - STEP_MS or (forward == '1' and now > expected + STEP_MS)) then
  step = math.floor(now - expected)
  why = why or 'clock_set'
end
local since, changed, settle_until, steps, last_step = s[3] or text(now), s[4] or '0', s[5] or '0', s[6] or '0', s[7] or '0'
if why then
  steps, last_step = text((tonumber(steps) or 0) + step), text(step)
  word, changed, settle_until = 'changed', text(now), text(now + tonumber(settleMs))
  report({ events = governorEvents, kept = keptEvents }, now, 'REDIS_CHANGED', why,
    cjson.encode({ run_id = run_id, before = s[1] or '', clock_step_ms = step }), 'claims_wait')
end
write_kept({ events = governorEvents, kept = keptEvents })
redis.call('HSET', server, 'run_id', run_id, 'replid', replid, 'since_ms', since, 'changed_ms', changed, 'settle_until_ms', settle_until,
  'clock_steps_ms', steps, 'step_ms', last_step, 'seen_ms', text(now))
return { word, text(now), run_id, replid, since, changed, settle_until, steps, last_step }
