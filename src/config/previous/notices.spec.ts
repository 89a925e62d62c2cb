import { describe, expect, it } from 'vitest';
import { loadEnvironment } from '../load-environment.js';

function noticesOf(source: NodeJS.ProcessEnv): readonly string[] {
  const loaded = loadEnvironment({ INSTANCE_ID: 'test', ...source });
  return 'environment' in loaded
    ? loaded.environment.notices.map(({ text, remedy }) => `${text} ${remedy}`)
    : ['faults'];
}

describe('the start, about settings of the services before [I2]', () => {
  it.each([
    ['APPLY_LOG_LEVEL', 'INFO', 'LOG_LEVEL=info is the default'],
    ['APPLY_CONFIG_PATH', '/etc/quantum/apply-layer.env', '`permit-gate disarm`'],
    ['P33_LOG_LEVEL', 'DEBUG', 'LOG_LEVEL=debug'],
    ['GOV_MAX_OPEN_POSITIONS', '10', 'never sends one'],
    ['P33_PERMIT_TTL', '60.0', 'Write P33_PERMIT_TTL=60.'],
    ['GOV_ENABLE_AUTO_DISARM', 'yes', 'Write GOV_ENABLE_AUTO_DISARM=true.'],
    ['P33_COOLDOWN_SEC', '15  # seconds', 'Write P33_COOLDOWN_SEC=15.'],
  ])('refuses %s=%s, and says what to write', (name, value, remedy) => {
    const loaded = loadEnvironment({ INSTANCE_ID: 'test', [name]: value });
    expect(loaded).toMatchObject({ faults: [{ variable: name, remedy: expect.stringContaining(remedy) }] });
  });

  it.each([
    ['METRICS_PORT', '8044', 'METRICS_PORT="8044" is not read.', 'Write GOV_METRICS_PORT=8044'],
    ['STREAM_PLANS', 'two:stream:apply.plan', 'is not read.', 'Write REDIS_KEY_PREFIX=two:'],
    ['MAX_CLOSE_PER_HOUR', '1', 'is not read.', 'Write GOV_MAX_EXEC_PER_HOUR=1'],
    ['RECONCILE_HMAC_SECRET', 'hunter2', 'RECONCILE_HMAC_SECRET=[set] is not read.', 'Remove it.'],
    ['GOV_MAX_REDUCE_QTY_PER_DAY', '0.02', 'limit of its own for every symbol', 'maxReduceQtyPerDay: 0.02'],
    ['APPLY_KILL_SWITCH', '1', 'here 1 is true', 'APPLY_KILL_SWITCH=true'],
  ])('warns of %s=%s', (name, value, text, remedy) => {
    const [notice, ...others] = noticesOf({ [name]: value });
    expect(others).toEqual([]);
    expect(notice).toContain(text);
    expect(notice).toContain(remedy);
    expect(notice).not.toContain('hunter2');
  });

  it.each<[string, NodeJS.ProcessEnv]>([
    ['the variable in its place is set', { METRICS_PORT: '8044', GOV_METRICS_PORT: '8044' }],
    ['Kubernetes sets it for a Service', { METRICS_PORT: 'tcp://10.0.0.1:80', RISK_SERVICE_HOST: '10.0.0.2' }],
    ['another role reads it', { GOV_MAX_REDUCE_QTY_PER_DAY: '0.02', ROLES: 'apply' }],
    ['it means the same', { APPLY_KILL_SWITCH: 'FALSE', PATH: '/bin', HTTP_PROXY: 'http://p:1' }],
  ])('says nothing where %s', (_, source) => {
    expect(noticesOf(source)).toEqual([]);
  });

  it.each([
    ['governor', ['APPLY_MODE', 'APPLY_ALLOWLIST']],
    ['position-brain', ['APPLY_MODE']],
    ['position-brain,governor', ['APPLY_MODE', 'APPLY_ALLOWLIST']],
    ['apply,governor', []],
  ])('asks a process of %s for what Apply has: %j', (ROLES, names) => {
    expect(noticesOf({ ROLES }).map((notice) => notice.split(' ')[0])).toEqual(names);
    expect(noticesOf({ ROLES, APPLY_MODE: 'dry_run', APPLY_ALLOWLIST: 'BTCUSDT' })).toEqual([]);
  });
});
