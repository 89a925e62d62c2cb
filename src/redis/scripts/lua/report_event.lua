-- report_event: adds one event about something that has happened.
-- RUN BY: every role
-- INCLUDE: now, event
-- KEYS: governorEvents, keptEvents
-- ARGV: event, reason, context, action
-- REPLY: reported
-- AT MAXMEMORY: allowed
report({ events = governorEvents, kept = keptEvents }, now_ms(), event, reason, context, action)
return { 'reported' }
