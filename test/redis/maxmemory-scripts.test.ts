import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY_TABLE, type KeyName, keysFor } from '../../src/redis/keys/keys.js';
import { loadScript } from '../../src/redis/scripts/script-source.js';
import { type ScriptName, SCRIPTS } from '../../src/redis/scripts/scripts.js';
import { RedisServer } from '../harness/redis-server.js';

const k = keysFor('q:');
/** In place of the one of the server, which is known once it runs. */
const RUN_ID = '<run_id>';
const LATER = '9000000000000';
const RELEASED = ['MSET', k.killSwitch(), '{"engaged":false}', k.arm(), '{"armed":true}'];
const PERMITS = ['MSET', k.governorPermit('1'), '1', k.positionPermit('1'), '1'];
const SETTLED = ['HSET', k.server(), 'settle_until_ms', '0'];
const journal = (state: string, ...more: string[]): string[] => [
  'HSET',
  k.journal('1'),
  'state',
  state,
  'attempt',
  '1',
  'entry_id',
  '1-1',
  'published_ms',
  '1',
  'deadline_ms',
  LATER,
  ...more,
];
const NOT_SEEN = { lastSeenKillSeq: '0', lastSeenDisarmSeq: '0' };
const CLAIM = { ...NOT_SEEN, positionEpoch: '', governorExpiresMs: '', positionExpiresMs: '', expectedTakenUp: '' };
const TO_CLAIM = [RELEASED, PERMITS, SETTLED];
const GRANT = { ...NOT_SEEN, deadlineMs: LATER, entryId: '', usageVersion: '0', carried: '' };

interface Case {
  readonly name: ScriptName;
  /** Of the reply where there is room. */
  readonly word: string;
  readonly given?: readonly (readonly string[])[];
  /** Every other argument is `1`. */
  readonly args?: Readonly<Record<string, string>>;
  readonly rest?: readonly string[];
}

/** Each script on the way on which it writes. */
const CASES: readonly Case[] = [
  { name: 'read_governor_evidence', word: 'evidence' },
  { name: 'read_position_evidence', word: 'evidence' },
  { name: 'read_control', word: 'control' },
  { name: 'read_clock', word: 'now' },
  { name: 'dump_all', word: 'dumped' },
  {
    name: 'take_in_proposal',
    word: 'context',
    args: { takeIn: '1', source: 'stream', action: 'PARTIAL_50' },
  },

  {
    name: 'publish_plan',
    word: 'published',
    args: { persist: '1', episode: '0', expectedTakenUp: '', repeats: '', repeatedAttempt: '' },
    rest: ['a', 'b'],
  },
  { name: 'notice_ledger', word: 'noticed', given: [['HSET', k.ledger('1'), 'last_known_amt', '1', 'version', '1']] },
  { name: 'note_taken_up', word: 'noted', args: { expected: '' } },
  { name: 'publish_refusal', word: 'refused', args: { planFieldCount: '2' }, rest: ['a', 'b', 'c', 'd'] },
  { name: 'take_plan', word: 'waiting', given: [journal('PUBLISHED')], args: { entryId: '1-1' } },
  { name: 'claim_permits', word: 'claimed', given: [...TO_CLAIM, journal('WAITING')], args: CLAIM },
  {
    name: 'claim_dry_run',
    word: 'claimed',
    given: [...TO_CLAIM, journal('WAITING', 'mode', 'dry_run')],
    args: CLAIM,
    rest: ['a', 'b'],
  },
  {
    name: 'recheck_claim',
    word: 'claimed',
    given: [RELEASED, SETTLED, journal('CLAIMED', 'claim_token', '1'), ['SET', k.inflight('1'), '1:1']],
    args: NOT_SEEN,
  },
  { name: 'renew_plan', word: 'renewed', given: [journal('WAITING', 'fresh_until_ms', '0')] },
  {
    name: 'end_retry',
    word: 'ended',
    given: [journal('EXPIRED'), ['ZADD', k.retries(), '1', '1']],
    rest: ['a', 'b'],
  },
  {
    name: 'ask_approval',
    word: 'issued',
    given: [journal('WAITING')],
    args: { deadlineMs: LATER, entryId: '' },
    rest: ['a', 'b'],
  },
  ...(['approved', 'rejected'] as const).map((word) => ({
    name: 'answer_approval' as const,
    word,
    given: [
      RELEASED,
      journal('WAITING_APPROVAL', 'fresh_until_ms', LATER, 'source', 'api'),
      ['HSET', k.approval('1'), 'attempt', '1', 'needed', '1', 'approvals', '[]', 'since_ms', '1'],
      ['ZADD', k.retries(), LATER, '1'],
    ],
    args: { ...NOT_SEEN, answer: word === 'rejected' ? 'reject' : 'approve' },
    rest: ['a', 'b'],
  })),
  { name: 'issue_permit', word: 'issued', given: [RELEASED, journal('WAITING')], args: { ...GRANT, verdict: 'allow' } },
  { name: 'issue_permit', word: 'issued', given: [RELEASED], args: { ...GRANT, verdict: 'allow' } },
  { name: 'issue_governor_permit', word: 'issued', given: [RELEASED], args: { ...GRANT, reserve: '1' } },
  { name: 'issue_governor_permit', word: 'issued', given: [RELEASED], args: { ...GRANT, reserve: '0' } },
  { name: 'write_permit', word: 'written', given: [RELEASED, journal('WAITING')], args: NOT_SEEN },

  {
    name: 'append_audit',
    word: 'appended',
    args: { knownLastId: '0-0', id: '1-1', hash: '2', reachMs: '1', trimBefore: '' },
    rest: ['hash', '2'],
  },
  { name: 'retire_audit', word: 'retired', given: [['HSET', k.auditHeads(), '1', '1']] },
  {
    name: 'apply_fill',
    word: 'applied',
    args: { expectedAmt: '', expectedVersion: '', expectedCounted: '0', entryId: '' },
  },
  { name: 'bind_account', word: 'bound', given: [RELEASED] },
  { name: 'clear_hold', word: 'cleared', given: [['SET', k.hold('1'), '1']] },
  { name: 'count_governor_error', word: 'counted' },
  {
    name: 'dead_letter',
    word: 'dead_lettered',
    given: [
      ['XADD', k.planStream(), '1-1', '1', '1'],
      ['XGROUP', 'CREATE', k.planStream(), '1', '0'],
      ['XREADGROUP', 'GROUP', '1', '1', 'STREAMS', k.planStream(), '>'],
    ],
    args: { entryId: '1-1' },
  },
  { name: 'drop_lease', word: 'dropped', given: [['SET', k.lease('1', '1'), '1']] },
  { name: 'drop_retry', word: 'dropped', given: [['ZADD', k.retries(), '1', '1']] },
  { name: 'governor_block', word: 'issued', args: { entryId: '' } },
  { name: 'governor_disarm', word: 'disarmed' },
  { name: 'report_event', word: 'reported' },
  { name: 'read_audit', word: 'audit' },
  { name: 'read_symbol_types', word: 'types', rest: ['hash'] },
  { name: 'read_target_types', word: 'types' },
  { name: 'read_shared_types', word: 'types' },
  { name: 'read_streams', word: 'streams' },
  { name: 'measure_streams', word: 'measured' },
  { name: 'read_permit_events', word: 'events', args: { from: '-', count: '1', mostBytes: '1' } },
  {
    name: 'read_events',
    word: 'events',
    args: { plansFrom: '-', permitsFrom: '-', resultsFrom: '-', controlFrom: '-', count: '1', mostBytes: '1' },
  },
  { name: 'newest_events', word: 'newest', args: { count: '1' } },
  { name: 'read_results', word: 'results', args: { from: '-', count: '1', mostBytes: '1' } },
  { name: 'read_foreign', word: 'newest', args: { latest: '1', longestPlanId: '64' } },
  {
    name: 'read_foreign_entries',
    word: 'foreign',
    args: { plansAfter: '0-0', resultsAfter: '0-0', count: '1', mostBytes: '100' },
  },
  {
    name: 'read_proposal',
    word: 'proposals',
    given: [['HSET', k.proposal('1'), 'harvest_action', 'HOLD']],
    args: { mostBytes: '512' },
    rest: ['harvest_action'],
  },
  { name: 'drop_plan', word: 'deleted', given: [['HSET', k.journal('1'), 'ended_ms', '1']] },
  {
    name: 'renew_stream',
    word: 'renewed',
    given: [['XADD', k.planStream(), '18446744073709551615-18446744073709551615', 'a', 'b']],
    args: { reachMs: '1000', keep: 'all', groups: '' },
  },
  {
    name: 'hand_over',
    word: 'handed',
    given: [
      ['XADD', k.planStream(), '1-1', 'a', 'b'],
      ['XGROUP', 'CREATE', k.planStream(), '1', '0'],
      ['XREADGROUP', 'GROUP', '1', '1', 'STREAMS', k.planStream(), '>'],
    ],
    args: { minIdleMs: '0' },
  },
  { name: 'read_entry', word: 'entry', given: [['XADD', k.planStream(), '1-1', 'a', 'b']], args: { id: '1-1' } },
  {
    name: 'read_backlog',
    word: 'backlog',
    given: [
      ['XADD', k.planStream(), '1-1', 'a', 'b'],
      ['XGROUP', 'CREATE', k.planStream(), '1', '0'],
    ],
    args: { from: '0-0', to: '+' },
  },
  {
    name: 'skip_entries',
    word: 'skipped',
    given: [
      ['XADD', k.planStream(), '1-1', 'a', 'b'],
      ['XGROUP', 'CREATE', k.planStream(), '1', '0'],
    ],
    args: { seen: '0-0', to: '1-1' },
  },
  {
    name: 'request_retry',
    word: 'due',
    given: [journal('EXPIRED', 'source', 'api', 'proposal', '{"fields":{"last_update_epoch":"1"}}')],
    args: { state: 'EXPIRED', maxAgeMs: '9000000000000' },
  },
  { name: 'set_suspension', word: 'set' },
  { name: 'hold_lease', word: 'held' },
  { name: 'lead_notifier', word: 'taken', args: { ttlMs: '10000', count: '10', mostBytes: '100' } },
  { name: 'archive_entries', word: 'kept', args: { ttlMs: '10000', count: '10', mostBytes: '100', pageBytes: '1000' } },
  { name: 'look_at_archive', word: 'seen' },
  { name: 'store_told', word: 'stored', given: [['SET', k.notifyLeader(), '1 one']], args: { keepMs: '10000' } },
  { name: 'init_control', word: 'ready' },
  { name: 'init_control', word: 'lost', given: [['SET', k.account(), '1']] },
  { name: 'mark_replication', word: 'marked', args: { runId: RUN_ID } },
  { name: 'note_order', word: 'noted', given: [journal('CLAIMED')], args: { kind: 'unknown' } },
  { name: 'note_server', word: 'first', args: { knownSinceMs: '' } },
  { name: 'rebase_ledger', word: 'rebased', given: [['HSET', k.ledger('1'), 'last_known_amt', '1']] },
  {
    name: 'rebase_limits',
    word: 'rebased',
    given: [
      ['HSET', k.server(), 'clock_steps_ms', '5000'],
      ['ZADD', k.executions('1'), '1', 'a'],
    ],
  },
  {
    name: 'rebase_plans',
    word: 'rebased',
    given: [
      ['HSET', k.server(), 'clock_steps_ms', '5000'],
      ['ZADD', k.openPlans(), '1', 'a'],
    ],
  },
  {
    name: 'note_server',
    word: 'changed',
    given: [['HSET', k.server(), 'run_id', 'x', 'replid', 'x', 'since_ms', '1']],
  },
  {
    name: 'record_result',
    word: 'recorded',
    given: [journal('CLAIMED', 'claim_token', '1'), ['SET', k.inflight('1'), '1:1']],
    args: { fromStates: 'CLAIMED', onlyAfterDeadline: '0', resolution: '', guard: 'filled' },
    rest: ['a', 'b'],
  },
  { name: 'record_snapshot', word: 'stored' },
  { name: 'report_ban', word: 'banned', args: { forMs: '1000' } },
  {
    name: 'claim_account',
    word: 'held',
    args: { claim: '{"prefix":"q:","symbols":[]}', ttlMs: '15000', longestMs: '15000' },
  },
  { name: 'note_usage', word: 'noted', args: { weight: '7:20', orders10Sec: '', orders1Min: '' } },
  { name: 'restore_control', word: 'restored' },
  { name: 'set_control', word: 'set', args: { value: '{"engaged":true}' } },
  { name: 'take_back_permit', word: 'taken_back', given: [['SET', k.governorPermit('1'), '1']] },
  { name: 'set_hold', word: 'held', args: { onlyIfAbsent: '0' } },
  {
    name: 'set_ledger',
    word: 'set',
    given: [['HSET', k.snapshot('1'), 'position_amt', '1', 'ts_ms', '2']],
    args: { onlyIfAbsent: '0', minSnapshotMs: '0' },
  },
  {
    name: 'settle_dead_letter',
    word: 'settled',
    given: [['XADD', k.deadLetters(), '1-1', 'a', 'b']],
    args: { deadLetterId: '1-1' },
  },
  {
    name: 'settle_reservation',
    word: 'settled',
    given: [['HSET', k.reservation('1', '1'), 'state', 'reserved']],
    args: { usageVersion: '0', entryId: '', isTakenOver: '' },
  },
];

const statedOf = (name: ScriptName): string =>
  /^-- AT MAXMEMORY: (.+)$/m.exec(
    readFileSync(new URL(`../../src/redis/scripts/lua/${name}.lua`, import.meta.url), 'utf8'),
  )?.[1] ?? '';

let server: RedisServer;
let redis: Redis;
let runId = '';
beforeAll(async () => {
  server = await new RedisServer({ config: ['--enable-debug-command', 'local'] }).start();
  redis = new Redis({ path: server.socketPath });
  runId = /^run_id:(\S+)/m.exec(await redis.info('server'))?.[1] ?? '';
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

/** Names of keys in scripts that are no row of the table. */
const ALIASES = {
  state: 'killSwitch',
  stream: 'planStream',
  permit: 'governorPermit',
  audit: 'auditApply',
  renewed: 'planStream',
  repeatedJournal: 'journal',
  repeatedReservation: 'reservation',
} as const;

async function outcomeOf({ name, args = {}, rest = [] }: Case): Promise<string> {
  const shape = SCRIPTS[name];
  const keys = shape.keys.map((key) => {
    const row: KeyName = key in KEY_TABLE ? (key as KeyName) : ALIASES[key as keyof typeof ALIASES];
    const build: (...parts: string[]) => string = k[row];
    return build(
      ...KEY_TABLE[row].pattern
        .split('<')
        .slice(1)
        .map(() => '1'),
    );
  });
  try {
    const reply = await redis.eval(
      loadScript(name, 'this').text,
      keys.length,
      ...keys,
      ...shape.args.map((arg) => (args[arg] === RUN_ID ? runId : (args[arg] ?? '1'))),
      ...rest,
    );
    return String((reply as unknown[])[0]);
  } catch (error) {
    return error instanceof Error ? (error.message.split(' ')[0] ?? '') : String(error);
  }
}

describe('a script while Redis is at maxmemory', () => {
  it('has a case in this file', () =>
    expect([...new Set(CASES.map(({ name }) => name))].toSorted()).toEqual(Object.keys(SCRIPTS).toSorted()));

  it.each(CASES)('$name ($word) is carried out or refused as its header says: part of [R17]', async (each) => {
    await redis.flushall();
    for (const [command = '', ...args] of each.given ?? []) await redis.call(command, ...args);
    const before = await redis.call('DEBUG', 'DIGEST');
    await redis.config('SET', 'maxmemory', '1');
    const full = await outcomeOf(each);
    const changed = (await redis.call('DEBUG', 'DIGEST')) !== before;
    await redis.config('SET', 'maxmemory', '0');
    const expected = {
      reads: [each.word, false],
      refused: ['OOM', false],
      // Redis' digest knows nothing of pending entries.
      allowed: [each.word, each.name !== 'hand_over'],
    }[statedOf(each.name)];
    expect([full, changed]).toEqual(expected);
    // What was refused would have been carried out: it is the room alone that lacked.
    expect(full === 'OOM' ? await outcomeOf(each) : full).toBe(each.word);
  });
});
