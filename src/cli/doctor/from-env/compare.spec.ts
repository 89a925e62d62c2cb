import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadEnvironment } from '../../../config/load-environment.js';
import { VARIABLES } from '../../../config/values.js';
import { compare, type Comparison } from './compare.js';
import { parseEnvFile, readEnvFile } from './env-file.js';
import { comparisonText, environmentFile, exitCodeOf } from './report.js';

const SECRET = 'kE9x7PqLm2VbN4rT8sWz1YcD5fGh3JkA';

function comparisonOf(content: string | readonly string[], roles = 'apply,position-brain,governor'): Comparison {
  const contents = typeof content === 'string' ? [content] : content;
  return compare(
    contents.map((text, index) => parseEnvFile(text, `${'ab'[index]}.env`)),
    roles,
  );
}

/** The differences of one variable, without those that every file has. */
const of = (comparison: Comparison, variable: string) =>
  comparison.differences.filter((difference) => difference.variable === variable);

describe('what the old files say', () => {
  it.each([
    ['an old name', 'APPLY_LOG_LEVEL=DEBUG', 'APPLY_LOG_LEVEL', 'renamed', true, 'LOG_LEVEL=debug'],
    ['a name without our prefix', 'METRICS_PORT=8044', 'METRICS_PORT', 'renamed', true, 'GOV_METRICS_PORT=8044'],
    ['the stream of our prefix', 'STREAM_PLANS=quantum:stream:apply.plan', 'STREAM_PLANS', 'renamed', false, 'default'],
    ['another prefix', 'STREAM_PLANS=t:stream:apply.plan', 'STREAM_PLANS', 'renamed', true, 'REDIS_KEY_PREFIX=t:'],
    [
      'a name without counterpart',
      'APPLY_CONFIG_PATH=/etc/a.env',
      'APPLY_CONFIG_PATH',
      'no_counterpart',
      true,
      'Remove',
    ],
    ['another service’s name', 'UNIVERSE_ENABLE=true', 'UNIVERSE_ENABLE', 'no_counterpart', false, 'APPLY_ALLOWLIST'],
    [
      'a limit of another meaning',
      'GOV_MAX_REDUCE_QTY_PER_DAY=0.02',
      'GOV_MAX_REDUCE_QTY_PER_DAY',
      'other_meaning',
      true,
      'maxReduceQtyPerDay: 0.02',
    ],
    [
      'a flag that Python read as false',
      'APPLY_KILL_SWITCH=1',
      'APPLY_KILL_SWITCH',
      'other_meaning',
      true,
      'APPLY_KILL_SWITCH=false',
    ],
    ['a flag in capitals', 'GOV_DISARM_ON_BURST_BREACH=TRUE', 'GOV_DISARM_ON_BURST_BREACH', 'same', false, ''],
    ['a float for an integer', 'P33_PERMIT_TTL=60.0', 'P33_PERMIT_TTL', 'not_allowed', true, 'P33_PERMIT_TTL=60'],
    ['a value that nothing can be made of', 'P33_POLL_SEC=abc', 'P33_POLL_SEC', 'not_allowed', true, ''],
    ['an empty value', 'P33_POLL_SEC=', 'P33_POLL_SEC', 'not_allowed', true, 'Remove the variable'],
    [
      'a typing mistake',
      'GOV_MAX_EXEC_PER_HOURS=9',
      'GOV_MAX_EXEC_PER_HOURS',
      'unknown',
      true,
      'GOV_MAX_EXEC_PER_HOUR',
    ],
    [
      'a name in lower case',
      'gov_max_exec_per_hour=9',
      'gov_max_exec_per_hour',
      'unknown',
      true,
      'GOV_MAX_EXEC_PER_HOUR',
    ],
    ['a name of nobody', 'PYTHONUNBUFFERED=1', 'PYTHONUNBUFFERED', 'unknown', false, 'Remove it'],
    ['a name with a dot', 'apply.mode=testnet', 'apply.mode', 'unknown', false, 'Remove it'],
    ['a setting of Node', 'NODE_EXTRA_CA_CERTS=/ca.pem', 'NODE_EXTRA_CA_CERTS', 'same', false, ''],
    ['a known one', 'P33_COOLDOWN_SEC=15', 'P33_COOLDOWN_SEC', 'same', false, ''],
  ])('%s: %s', (_, line, variable, kind, mustChange, remedy) => {
    const comparison = comparisonOf(line);
    const [difference, ...others] = of(comparison, variable);
    expect(others).toEqual([]);
    expect(difference).toMatchObject({ kind, mustChange, remedy: expect.stringContaining(remedy), place: 'a.env:1' });
    expect(exitCodeOf(comparison)).toBe(mustChange ? 1 : 0);
    // What is written instead can be used as it is.
    expect(exitCodeOf(comparisonOf(environmentFile(comparison)))).toBe(0);
    expect(loadEnvironment(parseEnv(environmentFile(comparison)))).toMatchObject({ environment: { notices: [] } });
  });

  it('a value that is wrong with its value and what is allowed', () => {
    const [difference] = of(comparisonOf('GOV_MAX_EXEC_PER_HOUR=-1'), 'GOV_MAX_EXEC_PER_HOUR');
    expect(difference).toMatchObject({ given: '"-1"', why: expect.stringContaining('from 1 to 100000') });
  });

  it('what a rule between variables asks for', () => {
    const [key] = of(comparisonOf('APPLY_MODE=testnet'), 'BINANCE_TESTNET_API_KEY');
    expect(key).toMatchObject({ kind: 'needed', mustChange: true, given: 'not set' });
  });

  it.each(['testnet', 'TESTNET'])('the address of the testnet, for %s', (text) => {
    const [mode] = of(comparisonOf(`APPLY_MODE=${text}`), 'APPLY_MODE');
    expect(mode).toMatchObject({ mustChange: false, why: expect.stringContaining('testnet.binancefuture.com') });
  });
});

describe('how the old files are written', () => {
  it.each([
    ['quotes', 'P33_COOLDOWN_SEC="15"', false, 'quotes'],
    ['single quotes', "P33_COOLDOWN_SEC='15'", false, 'quotes'],
    ['export', 'export P33_COOLDOWN_SEC=15', true, 'export'],
    ['a comment after the value', 'P33_COOLDOWN_SEC=15   # seconds', true, 'comment'],
    ['a comment after quotes', 'P33_COOLDOWN_SEC="15" # seconds', true, 'comment'],
    ['CR LF', 'P33_COOLDOWN_SEC=15\r\n', false, 'CR LF'],
    ['blanks at the =', 'P33_COOLDOWN_SEC = 15', false, 'blanks'],
    ['a variable in the value', 'P33_COOLDOWN_SEC=${COOLDOWN}', true, '$NAME'],
    ['a line that goes on', 'P33_COOLDOWN_SEC=15\\\n', true, 'joins'],
  ])('%s', (_, line, mustChange, why) => {
    const comparison = comparisonOf(line);
    const [format] = of(comparison, 'P33_COOLDOWN_SEC');
    expect(format).toMatchObject({ kind: 'format', mustChange, why: expect.stringContaining(why) });
  });

  it.each([
    'P33_COOLDOWN_SEC="7"',
    'export P33_COOLDOWN_SEC=7',
    'P33_COOLDOWN_SEC=7 # s',
    '\uFEFFP33_COOLDOWN_SEC=7\r\n',
    ' P33_COOLDOWN_SEC = 7 ',
  ])('%j becomes P33_COOLDOWN_SEC=7', (line) => {
    expect(environmentFile(comparisonOf(line))).toContain('P33_COOLDOWN_SEC=7\n');
  });

  it('comments and empty lines say nothing; other lines are named without their text', () => {
    const comparison = comparisonOf(`# P33_POLL_SEC=1\n; x\n\nBINANCE_TESTNET_API_KEY: ${SECRET}\n${SECRET}\n`);
    const odd = of(comparison, '(a line)');
    expect(odd.map(({ place, mustChange }) => [place, mustChange])).toEqual([
      ['a.env:4', true],
      ['a.env:5', true],
    ]);
    expect(comparisonText(comparison, ['a.env'])).not.toContain(SECRET);
  });

  it('a value that two files give is named, and the last one counts', () => {
    const comparison = comparisonOf(['P33_COOLDOWN_SEC=15\nREDIS_DB=0\n', 'P33_COOLDOWN_SEC=30\nREDIS_DB=0\n']);
    expect(of(comparison, 'P33_COOLDOWN_SEC')[0]).toMatchObject({
      kind: 'given_twice',
      given: '"15"',
      place: 'a.env:1',
      why: expect.stringContaining('b.env:1 gives it again, and the last one counts: "30"'),
    });
    expect(of(comparison, 'REDIS_DB')[0]?.why).toContain('both are the same');
    expect(environmentFile(comparison)).toContain('P33_COOLDOWN_SEC=30\n');
  });
});

describe('the roles', () => {
  it.each([
    ['GOV_MAX_EXEC_PER_HOUR=3\nAPPLY_CONFIG_PATH=/etc/a.env', 'governor'],
    ['APPLY_MODE=testnet\nAPPLY_ALLOWLIST=BTCUSDT', 'apply'],
    ['P33_POLL_SEC=5', 'position-brain'],
    ['K_BLOCK_WARNING=0.6\nP33_POLL_SEC=5', 'apply,position-brain'],
  ])('of %j are %s, and ROLES must be written', (content, roles) => {
    const found = compare([parseEnvFile(content, 'a.env')]);
    expect(found.roles.join(',')).toBe(roles);
    expect(of(found, 'ROLES')).toMatchObject([{ mustChange: true, remedy: expect.stringContaining(`ROLES=${roles}`) }]);
    expect(environmentFile(found)).toContain(`ROLES=${roles}\n`);
  });

  it('a Governor without Apply is asked for the mode and the symbols of Apply', () => {
    const comparison = comparisonOf('GOV_MAX_EXEC_PER_HOUR=3', 'governor');
    for (const name of ['APPLY_MODE', 'APPLY_ALLOWLIST'])
      expect(of(comparison, name)).toMatchObject([{ kind: 'needed', mustChange: true }]);
    expect(of(comparison, 'HTTP_PORT')).toMatchObject([{ mustChange: false }]);
    expect(of(comparisonOf('APPLY_MODE=dry_run\nAPPLY_ALLOWLIST=BTCUSDT', 'governor'), 'APPLY_MODE')).toMatchObject([
      { kind: 'same' },
    ]);
  });

  it.each([
    'APPLY_REPEAT_POLICY',
    'APPLY_PROPOSAL_MAX_AGE_SEC',
    'APPLY_MAX_ATTEMPTS',
    'SYMBOLS',
    'APPLY_METRICS_PORT',
    'GOV_METRICS_PORT',
    'HTTP_HOST',
  ])('a default of %s that differs is named, with what keeps the old behaviour', (name) => {
    const [difference] = of(comparisonOf(''), name);
    expect(difference).toMatchObject({ kind: 'other_default', mustChange: false });
    const kept = difference?.remedy.match(/To keep it: (\S+)\.$/)?.[1] ?? '';
    expect(exitCodeOf(comparisonOf(kept))).toBe(0);
    expect(of(comparisonOf(kept), name)).toMatchObject([{ kind: 'same' }]);
  });
});

describe('secrets', () => {
  const directory = mkdtempSync(join(tmpdir(), 'from-env-'));
  const content = [
    'APPLY_MODE=testnet',
    `BINANCE_TESTNET_API_KEY="${SECRET}"`,
    'BINANCE_TESTNET_API_SECRET=short-secret',
    'REDIS_PASSWORD=hunter2222',
    'REDIS_PASSWORD=hunter3333',
    'REDIS_OPERATOR_PASSWORD_FILE=hunter4444',
    'BINANCE_TESTNET_KEY=hunter5555',
    'RECONCILE_HMAC_SECRET=hunter6666',
    'MY_TOKEN=hunter7777',
  ].join('\n');
  writeFileSync(join(directory, 'apply.env'), content);

  it('are in no output; the new file says where each is', () => {
    const comparison = compare([readEnvFile(join(directory, 'apply.env'))], 'apply');
    const all =
      comparisonText(comparison, ['apply.env']) + JSON.stringify(comparison.differences) + environmentFile(comparison);
    for (const secret of [SECRET, 'short-secret', 'hunter']) expect(all).not.toContain(secret);
    expect(environmentFile(comparison)).toMatch(/# BINANCE_TESTNET_API_KEY= \(a secret: copy it from .*apply\.env:2\)/);
  });
});

it('knows every variable of ours at its own name', () => {
  const names = VARIABLES.map(({ name }) => name);
  const unknown = names.filter((name) => of(comparisonOf(`${name}=x`), name).some(({ kind }) => kind === 'unknown'));
  expect(unknown).toEqual([]);
});
