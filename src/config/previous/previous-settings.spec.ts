import { describe, expect, it } from 'vitest';
import { VARIABLES } from '../values.js';
import { CHANGED_DEFAULTS, CHANGED_MEANINGS } from './changed-settings.js';
import { PREVIOUS_NAMES, previousName } from './previous-settings.js';
import { remedyFor } from './remedy.js';
import { suggestedValue } from './suggested-value.js';

const OURS: readonly string[] = VARIABLES.map(({ name }) => name);

describe('the settings of the services before', () => {
  it.each(PREVIOUS_NAMES)('$name: its target is a variable of ours, or it says what to do', ({ now, why, remedy }) => {
    expect(why).toMatch(/\.$/);
    expect([undefined, ...OURS]).toContain(now);
    expect(now ?? remedy).toMatch(/./);
  });

  it.each([...CHANGED_MEANINGS, ...CHANGED_DEFAULTS])('$name: is a variable of ours', ({ name }) => {
    expect(OURS).toContain(name);
  });

  it('name none of our variables, and none twice', () => {
    expect(OURS.filter((name) => previousName(name) !== undefined)).toEqual([]);
    expect(PREVIOUS_NAMES.filter((row) => previousName(row.name.replace('*', 'X')) !== row)).toEqual([]);
  });

  it.each([
    ['APPLY_LOG_LEVEL', 'INFO', 'Remove it: LOG_LEVEL=info is the default.'],
    ['P33_LOG_LEVEL', 'WARNING', 'Write LOG_LEVEL=warn in its place.'],
    ['GOV_LOG_LEVEL', 'LOUD', 'Remove it, and write LOG_LEVEL: one of trace'],
    ['METRICS_PORT', '8044', 'Write GOV_METRICS_PORT=8044 in its place.'],
    ['STREAM_PLANS', 'quantum:stream:apply.plan', 'Remove it: REDIS_KEY_PREFIX=quantum: is the default.'],
    ['STREAM_RESULTS', 'two:stream:apply.result', 'Write REDIS_KEY_PREFIX=two: in its place.'],
    ['STREAM_EVENTS', 'events', 'Remove it, and write REDIS_KEY_PREFIX: 1 to 64'],
    ['APPLY_CONFIG_PATH', '/etc/x', '`permit-gate disarm`'],
    ['P28_HEAT_OBS_ENABLED', 'true', 'Remove it.'],
  ])('%s=%s: %s', (name, text, remedy) => {
    const row = previousName(name);
    expect(row === undefined ? '' : remedyFor(row, text)).toContain(remedy);
  });
});

describe('a suggested value', () => {
  it.each([
    ['P33_PERMIT_TTL', '60.0', '60'],
    ['P33_PERMIT_TTL', '"60"', '60'],
    ['P33_COOLDOWN_SEC', "'15'", '15'],
    ['P33_COOLDOWN_SEC', '15   # seconds', '15'],
    ['P33_COOLDOWN_SEC', '15\r', '15'],
    ['APPLY_POLL_SEC', '.5', '0.5'],
    ['GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD', '5e3', '5000'],
    ['GOV_MAX_EXEC_PER_HOUR', '1_000', '1000'],
    ['GOV_ENABLE_AUTO_DISARM', 'yes', 'true'],
    ['APPLY_KILL_SWITCH', 'Off', 'false'],
    ['LOG_LEVEL', 'WARNING', 'warn'],
    ['APPLY_MODE', 'TESTNET', 'testnet'],
  ] as const)('for %s=%j is %j', (name, text, suggested) => {
    expect(suggestedValue(name, text)).toBe(suggested);
  });

  it.each([
    ['P33_PERMIT_TTL', '60.5'],
    ['GOV_MAX_EXEC_PER_HOUR', '0.0'],
    ['GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD', 'inf'],
    ['APPLY_MODE', 'live'],
  ] as const)('is none for %s=%j', (name, text) => {
    expect(suggestedValue(name, text)).toBeUndefined();
  });
});
