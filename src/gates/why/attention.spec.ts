import { describe, expect, it } from 'vitest';
import { ATTENTIONS, type DeploymentFacts, needsPerson } from './attention.js';
import { differencesOf, type Instance } from './fleet.js';

const NOW = Date.UTC(2026, 10, 30, 15, 0, 0);
const instance = (over: Partial<Instance>): Instance => ({
  role: 'governor',
  group: 'governor',
  instance: 'gov-1',
  state: 'ready',
  seenMs: NOW - 1_000,
  faults: [],
  version: '1.0.0',
  commit: 'abc',
  configuration: 'c1',
  configurationParts: { Governor: 'g1', Apply: 'a1' },
  mode: 'testnet',
  startedMs: NOW - 60_000,
  host: 'h',
  pid: 1,
  ...over,
});
const fleetOf = (instances: Instance[], missing: { role: string; lastSeenMs: number | undefined }[] = []) => ({
  fleet: { instances, missing, differences: differencesOf(instances) },
});
const symbols = (...found: [string, string, string | undefined][]) => ({
  symbols: new Map(
    found.map(([symbol, reason, remedy]) => [symbol, [{ reason, text: `${reason} of ${symbol}.`, remedy }]]),
  ) as never,
});
const found = (facts: Partial<DeploymentFacts>) =>
  needsPerson({ nowMs: NOW, ...facts }).map(({ reason, text, remedy, symbol }) => [reason, text, remedy, symbol]);

const ARCHIVE = {
  behindEntries: 0,
  behindMs: 0,
  error: '',
  errorSinceMs: undefined,
  missed: 0,
  missedAtMs: undefined,
};

const CASES: readonly (readonly [string, Partial<DeploymentFacts>, readonly unknown[]])[] = [
  ['nothing is wrong', { ...fleetOf([instance({})]), groups: [], deadLetters: { open: 0, more: false } }, []],
  [
    'an archive that is a second behind, and missed something two days ago',
    { archive: { ...ARCHIVE, behindEntries: 3, behindMs: 1_000, missed: 5, missedAtMs: NOW - 2 * 86_400_000 } },
    [],
  ],
  [
    'an archive that is not written, and lost entries',
    {
      archive: {
        ...ARCHIVE,
        behindEntries: 1,
        behindMs: 61_000,
        error: 'the disk is full',
        missed: 5,
        missedAtMs: NOW,
      },
    },
    [
      [
        'archive_behind',
        '1 entry waits for the archive, the oldest for 61 s. the disk is full.',
        'permit-gate archive status',
        undefined,
      ],
      [
        'archive_gap',
        '5 entries were trimmed before the archive had them; no other entries are missing.',
        'permit-gate archive status',
        undefined,
      ],
    ],
  ],
  [
    'the archive has not read much: no plan waits for it',
    { groups: [{ stream: 'apply.plan', group: 'archive', unread: 9_999, left: 0 }] },
    [],
  ],
  [
    'Redis cannot be reached',
    { redisFault: 'it does not answer' },
    [['redis_unfit', 'Redis: it does not answer.', 'permit-gate doctor', undefined]],
  ],
  [
    'a role is missing: the lost process of it is not named a second time',
    fleetOf([instance({ state: 'gone' })], [{ role: 'governor', lastSeenMs: NOW - 14_000 }]),
    [
      [
        'role_missing',
        'No process with ROLES=governor is alive; the last one was seen at 2026-11-30 14:59:46 UTC.',
        'ROLES=governor permit-gate serve',
        undefined,
      ],
    ],
  ],
  [
    'one of two processes is lost',
    fleetOf([instance({}), instance({ instance: 'gov-2', state: 'gone', seenMs: NOW - 14_000 })]),
    [
      [
        'instance_gone',
        'governor gov-2: It is gone: it was last seen 14 s ago, and did not end in order.',
        'ROLES=governor INSTANCE_ID=gov-2 permit-gate serve',
        undefined,
      ],
    ],
  ],
  ['one of two processes ended in order', fleetOf([instance({}), instance({ instance: 'gov-2', state: 'ended' })]), []],
  [
    'a process is not ready',
    fleetOf([instance({ state: 'not_ready', faults: ['exchange: it is down', 'audit: full'] })]),
    [
      [
        'instance_not_ready',
        'governor gov-1: It is not ready: exchange: it is down; audit: full.',
        'permit-gate doctor',
        undefined,
      ],
    ],
  ],
  [
    'versions and configurations differ',
    fleetOf([
      instance({}),
      instance({ instance: 'gov-2' }),
      instance({
        instance: 'gov-3',
        commit: 'def',
        configuration: 'c2',
        configurationParts: { Governor: 'g2', Apply: 'a1' },
      }),
    ]),
    [
      [
        'version_differs',
        'Different versions run: governor gov-3, of the 3 processes, differ from the others.',
        'permit-gate fleet',
        undefined,
      ],
      [
        'configuration_differs',
        'Configurations differ (Governor): governor gov-3, of the 3 processes, differ from the others.',
        'permit-gate fleet',
        undefined,
      ],
    ],
  ],
  [
    'entries are left, and many are unread',
    {
      groups: [
        { stream: 'apply.plan', group: 'governor', unread: 999, left: 0 },
        { stream: 'apply.result', group: 'p33', unread: 1_000, left: 2 },
      ],
    },
    [
      [
        'entries_left',
        '2 entries of apply.result are with dead consumers of the group p33. A live process of its role takes them over within 20 s.',
        'permit-gate streams claim apply.result p33 --reason "…"',
        undefined,
      ],
      ['backlog', 'The group p33 has not read 1000 entries of apply.result.', 'permit-gate streams', undefined],
    ],
  ],
  [
    'dead letters wait',
    { deadLetters: { open: 3, more: true } },
    [
      [
        'dead_letters',
        'At least 3 dead letters wait for a decision: replay or discard.',
        'permit-gate dead-letters',
        undefined,
      ],
    ],
  ],
  [
    'a symbol is on hold; what passes by itself, and what the strategy does, needs nobody',
    symbols(['BTCUSDT', 'hold', 'lift it'], ['ETHUSDT', 'cooldown', undefined], ['SOLUSDT', 'proposal_missing', 'x']),
    [['hold', 'hold of BTCUSDT.', 'lift it', 'BTCUSDT']],
  ],
  [
    'no position is read because no process reads them: one cause',
    {
      ...fleetOf([], [{ role: 'position-brain', lastSeenMs: undefined }]),
      ...symbols(['BTCUSDT', 'snapshot_stale', 'permit-gate doctor']),
    },
    [
      [
        'role_missing',
        'No process with ROLES=position-brain is alive, and none was seen before.',
        'ROLES=position-brain permit-gate serve',
        undefined,
      ],
    ],
  ],
];

describe('what needs a person', () => {
  it.each(CASES)('%s', (_, facts, expected) => {
    expect(found(facts)).toEqual(expected);
  });

  it('says once what stops every symbol, of no symbol', () => {
    const kill = [{ reason: 'kill_switch_engaged', text: 'It is engaged.', remedy: 'release' }] as const;
    const facts = { symbols: new Map([['BTCUSDT', kill] as const, ['ETHUSDT', kill] as const]) };
    expect(found(facts)).toEqual([['kill_switch_engaged', 'It is engaged.', 'release', undefined]]);
  });

  it('names each reason with its meaning', () => {
    expect(Object.values(ATTENTIONS).every((meaning) => meaning.length > 5)).toBe(true);
    expect(Object.keys(ATTENTIONS)).toContain('hold');
  });
});

describe('in what the processes differ', () => {
  it('all of them differ where there is no majority', () => {
    const two = [instance({}), instance({ instance: 'gov-2', mode: 'dry_run' })];
    expect(differencesOf(two).map((each) => [each.instance.instance, each.in])).toEqual([
      ['gov-1', ['mode']],
      ['gov-2', ['mode']],
    ]);
  });

  it('those that are gone, or say nothing, do not count', () => {
    const others = [instance({ state: 'gone', version: '0.9.0' }), instance({ state: 'alive', version: undefined })];
    expect(differencesOf([instance({}), ...others])).toEqual([]);
  });
});
