import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PROPOSAL_INTAKE, type ProposalAnswer, type ProposalIntake } from '../../src/runtime/proposal-intake.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { proposalFields } from '../harness/proposals.js';
import { points } from '../harness/points.js';
import {
  foreignPermit,
  GRANT,
  handwrite,
  orderRequests,
  QUICK,
  type ResultFields,
  resultOf,
  seeded,
  sleep,
  untilKnown,
  untilState,
} from './apply-support.js';

const SYMBOL = 'BTCUSDT';
const BOTH = { governor: GRANT, p33: foreignPermit(SYMBOL, 0.5, 1) };
/** Longer than the back-off after the first attempt, and the loop that looks for what is due. */
const AFTER_BACK_OFF_MS = 3_500;
/** The hashes are read by nobody: the claim alone sees what became of them. */
const UNREAD = { ...QUICK, APPLY_POLL_SEC: '3600', APPLY_PERMIT_WAIT_MS: '5000' };

type Channel = 'hash' | 'stream' | 'api';

function take(gate: Gate, source: Channel, fields: Record<string, string>): Promise<ProposalAnswer> {
  return gate.app.get<ProposalIntake>(PROPOSAL_INTAKE, { strict: false }).submit(SYMBOL, fields, source);
}

/** A proposal as its strategy writes it: `later` seconds after now, under the same id unless it says another. */
function word(action: string, id: string, later = 0, more: Record<string, string> = {}): Record<string, string> {
  const epoch = Date.now() / 1000 + later;
  return {
    ...proposalFields(action),
    proposal_id: id,
    last_update_epoch: String(epoch),
    computed_at_utc: new Date(epoch * 1000).toISOString(),
    ...more,
  };
}

async function published(testEnv: TestEnvironment): Promise<ResultFields[]> {
  return (await testEnv.plans()).map(({ fields }) => fields).filter(({ decision }) => decision === 'EXECUTE');
}

/** The last result of a plan; that of a plan which ended between two attempts is of attempt 0. */
async function endOf(testEnv: TestEnvironment, planId: string): Promise<ResultFields | undefined> {
  return (await testEnv.results()).map(({ fields }) => fields).findLast((fields) => fields['plan_id'] === planId);
}

describe('a proposal that changes at the instant both permits exist', () => {
  const testEnvs: TestEnvironment[] = [];
  const gates = new Map<string, Gate>();
  beforeAll(async () => {
    for (const mode of ['testnet', 'dry_run']) {
      const testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
      testEnvs.push(testEnv);
      gates.set(mode, await testEnv.gate({ roles: 'apply', env: { ...UNREAD, APPLY_MODE: mode } }));
    }
  });
  afterAll(() => Promise.all(testEnvs.map((testEnv) => testEnv.close())));

  type Change = (testEnv: TestEnvironment, id: string) => readonly string[][];
  const key = (testEnv: TestEnvironment): string => testEnv.keys.proposal(SYMBOL);
  const set = (testEnv: TestEnvironment, fields: Record<string, string>): string[] => [
    'HSET',
    key(testEnv),
    ...Object.entries(fields).flat(),
  ];
  /** Made by Redis itself: sending it takes longer than a window on a busy machine. */
  const big = (testEnv: TestEnvironment, field: string): string[] => [
    'EVAL',
    "return redis.call('HSET', KEYS[1], ARGV[1], string.rep('x', 100000))",
    '1',
    key(testEnv),
    field,
  ];
  const WITHDRAWN = 'proposal_withdrawn';
  const SUPERSEDED = 'proposal_superseded';

  const CHANGES: [string, Channel, string, Change, string][] = [
    ['is withdrawn by HOLD', 'hash', 'part of [L1]', (w, id) => [set(w, word('HOLD', id, 1))], WITHDRAWN],
    [
      'is withdrawn by HOLD without a newer stamp',
      'hash',
      'part of [L1]',
      (w) => [set(w, { harvest_action: ' HOLD ' })],
      WITHDRAWN,
    ],
    ['is deleted', 'hash', 'part of [L1]', (w) => [['DEL', key(w)]], WITHDRAWN],
    [
      'is a key of another type',
      'hash',
      'part of [L1]',
      (w) => [
        ['DEL', key(w)],
        ['SET', key(w), 'HOLD'],
      ],
      WITHDRAWN,
    ],
    ['has an action of 100 kB', 'hash', 'part of [L1]', (w) => [big(w, 'harvest_action')], WITHDRAWN],
    ['has an id of 100 kB', 'hash', 'part of [L1]', (w) => [big(w, 'proposal_id')], WITHDRAWN],
    ['lost its action', 'hash', 'part of [L1]', (w) => [['HDEL', key(w), 'harvest_action']], WITHDRAWN],
    ['asks for another share', 'hash', 'part of [L2]', (w, id) => [set(w, word('PARTIAL_75', id, 1))], SUPERSEDED],
    [
      'asks for a full close',
      'hash',
      'part of [L2]',
      (w, id) => [set(w, word('FULL_CLOSE_PROPOSED', id, 1))],
      SUPERSEDED,
    ],
    [
      'has another proposal_id',
      'hash',
      'part of [L2]',
      (w, id) => [set(w, word('PARTIAL_50', `${id}-b`, 1))],
      SUPERSEDED,
    ],
    [
      'came by the stream and the hash says HOLD later',
      'stream',
      'part of [L1]',
      (w, id) => [set(w, word('HOLD', id, 1))],
      WITHDRAWN,
    ],
    [
      'came by the stream and the hash asks for more later',
      'stream',
      'part of [L2]',
      (w, id) => [set(w, word('PARTIAL_75', id, 1))],
      SUPERSEDED,
    ],
    [
      'was withdrawn and asked for again by an Apply that died before it ended the plan',
      'hash',
      'part of [L1]',
      (w) => [['HINCRBY', w.keys.standing(SYMBOL), 'generation', '2']],
      SUPERSEDED,
    ],
    ['is re-stamped', 'hash', 'part of [L3]', (w, id) => [set(w, word('PARTIAL_50', id, 1))], ''],
    [
      'is re-stamped with other scores',
      'hash',
      'part of [L3]',
      (w, id) => [
        set(w, word('PARTIAL_50', id, 1, { kill_score: '0.7', k_ts_drop: '0.4', R_net: '2', new_sl_proposed: '9' })),
      ],
      '',
    ],
    [
      'came by the stream and the hash said HOLD before',
      'stream',
      'part of [L1]',
      (w, id) => [set(w, word('HOLD', id, -5))],
      '',
    ],
    ['came by the stream and there is no hash', 'stream', 'part of [L1]', (w) => [['DEL', key(w)]], ''],
    ["is an operator's and the hash says HOLD", 'api', 'part of [L1]', (w, id) => [set(w, word('HOLD', id, 1))], ''],
    ["is an operator's and the hash is deleted", 'api', 'part of [L1]', (w) => [['DEL', key(w)]], ''],
  ];

  for (const [mode, index] of [
    ['testnet', 0],
    ['dry_run', 1],
  ] as const) {
    it.each(CHANGES)(`%s (%s) part of %s ${mode}`, async (_what, source, _mark, change, error) => {
      const [testEnv, gate] = [testEnvs[index], gates.get(mode)];
      if (testEnv === undefined || gate === undefined) throw new Error('not started');
      const id = randomUUID();
      const first = word('PARTIAL_50', id);
      await testEnv.redis.del(key(testEnv), testEnv.keys.inflight(SYMBOL));
      testEnv.exchange.setPosition(SYMBOL, '1');
      if (source === 'hash') await testEnv.redis.hset(key(testEnv), first);
      const { planId, decision } = await take(gate, source, first);
      expect(decision).toBe('EXECUTE');
      await untilState(testEnv, planId, 'WAITING');
      const sent = orderRequests(testEnv).length;
      const multi = testEnv.redis.multi();
      for (const [command = '', ...args] of change(testEnv, id)) multi.call(command, ...args);
      multi.setex(testEnv.keys.governorPermit(planId), 60, BOTH.governor);
      multi.setex(testEnv.keys.positionPermit(planId), 60, BOTH.p33);
      expect((await multi.exec())?.every(([failed]) => failed === null)).toBe(true);
      const result = await resultOf(testEnv, planId);
      await testEnv.redis.del(key(testEnv));
      const carriedOut = error === '';
      const executed = carriedOut && mode === 'testnet' ? 'True' : 'False';
      const ended = carriedOut ? {} : { decision: 'BLOCKED', state: 'BLOCKED' };
      expect(result).toMatchObject({ error, executed, ...ended });
      expect(orderRequests(testEnv)).toHaveLength(sent + (carriedOut && mode === 'testnet' ? 1 : 0));
      expect(await testEnv.redis.zscore(testEnv.keys.retries(), planId)).toBeNull();
    });
  }

  it('goes on when only the price of a stop changed: the new price runs next; part of [L2] [L11]', async () => {
    const [testEnv, gate] = [testEnvs[0], gates.get('testnet')];
    if (testEnv === undefined || gate === undefined) throw new Error('not started');
    const id = randomUUID();
    const first = word('UPDATE_SL', id, 0, { new_sl_proposed: '30000' });
    await testEnv.redis.hset(key(testEnv), first);
    const { planId } = await take(gate, 'hash', first);
    await untilState(testEnv, planId, 'WAITING');
    const next = word('UPDATE_SL', id, 1, { new_sl_proposed: '30001' });
    await testEnv.redis.hset(key(testEnv), next);
    await handwrite(testEnv, planId, BOTH);
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True', state: 'PLACED' });
    const second = await take(gate, 'hash', next);
    expect(second).toMatchObject({ decision: 'EXECUTE' });
    await untilState(testEnv, second.planId, 'WAITING');
    await handwrite(testEnv, second.planId, BOTH);
    expect(await resultOf(testEnv, second.planId)).toMatchObject({ executed: 'True', state: 'PLACED' });
    await testEnv.redis.del(key(testEnv));
  });
});

describe('a proposal whose first attempt found no Governor', () => {
  let testEnv: TestEnvironment;
  afterEach(() => testEnv.close());

  const env = { ...QUICK, APPLY_PERMIT_WAIT_MS: '300', APPLY_REPEAT_POLICY: 'once_per_episode' };
  const timedOut = async (): Promise<string> => {
    const plan = await eventually(async () => (await published(testEnv))[0]);
    expect(await resultOf(testEnv, plan['plan_id'] ?? '')).toMatchObject({ error: 'permit_timeout' });
    return plan['plan_id'] ?? '';
  };
  const say = async (channel: Channel, fields: Record<string, string>): Promise<void> => {
    if (channel === 'hash') await testEnv.redis.hset(testEnv.keys.proposal(SYMBOL), fields);
    else
      await testEnv.redis.xadd(testEnv.keys.proposalStream(), '*', 'symbol', SYMBOL, ...Object.entries(fields).flat());
  };

  it.each(
    points<[string, Channel, (id: string) => Promise<unknown>]>(
      [
        ['HOLD in the hash', 'hash', (id) => say('hash', word('HOLD', id))],
        ['a deleted hash', 'hash', () => testEnv.redis.del(testEnv.keys.proposal(SYMBOL))],
        ['HOLD in the stream', 'stream', (id) => say('stream', word('HOLD', id))],
        ['HOLD in the stream, newer than its hash', 'hash', (id) => say('stream', word('HOLD', id))],
      ],
      2,
    ),
  )(
    'is withdrawn by %s: no second attempt, and the plan ends at once; part of [L1]',
    async (_how, channel, withdraw) => {
      testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
      await testEnv.gate({ roles: 'apply', env });
      await say(channel, word('PARTIAL_50', 'one'));
      const planId = await timedOut();
      await withdraw('one');
      const end = await eventually(async () => {
        const last = await endOf(testEnv, planId);
        return last?.['error'] === 'proposal_withdrawn' ? last : undefined;
      }, 1_000);
      expect(end).toMatchObject({ attempt: '0', decision: 'BLOCKED', state: 'BLOCKED', executed: 'False' });
      await sleep(AFTER_BACK_OFF_MS);
      expect(await published(testEnv)).toHaveLength(1);
      expect(await testEnv.redis.hget(testEnv.keys.journal(planId), 'state')).toBe('BLOCKED');
    },
  );

  it('is withdrawn while no Apply runs: the next one makes no second attempt; part of [L1]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    const before = await testEnv.gate({ roles: 'apply', env });
    await say('hash', word('PARTIAL_50', 'one'));
    const planId = await timedOut();
    await before.stop();
    await testEnv.redis.del(testEnv.keys.proposal(SYMBOL));
    await testEnv.gate({ roles: 'apply', env });
    await eventually(async () => (await endOf(testEnv, planId))?.['error'] === 'proposal_withdrawn' || undefined);
    expect(await published(testEnv)).toHaveLength(1);
  });

  it('is withdrawn and asked for again: the plan from before stays ended; part of [L1]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    const gate = await testEnv.gate({ roles: 'apply', env: { ...env, APPLY_POLL_SEC: '3600' } });
    const first = await take(gate, 'stream', word('PARTIAL_50', 'one', -2));
    expect(await resultOf(testEnv, first.planId)).toMatchObject({ error: 'permit_timeout' });
    await take(gate, 'stream', word('HOLD', 'one', -1));
    const again = await take(gate, 'stream', word('PARTIAL_50', 'one'));
    expect(again).toMatchObject({ decision: 'EXECUTE', attempt: 1 });
    expect(again.planId).not.toBe(first.planId);
    await sleep(AFTER_BACK_OFF_MS);
    const attempts = (await published(testEnv)).filter((fields) => fields['plan_id'] === first.planId);
    expect(attempts).toHaveLength(1);
  });

  it('is replaced: the full close never runs, the half does; part of [L2]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    await testEnv.gate({ roles: 'apply', env });
    await say('hash', word('FULL_CLOSE_PROPOSED', 'one'));
    const full = await timedOut();
    await say('hash', word('PARTIAL_50', 'one', 1));
    const half = await eventually(async () =>
      (await published(testEnv)).find((plan) => plan['action'] === 'PARTIAL_50'),
    );
    await handwrite(testEnv, half['plan_id'] ?? '', { governor: GRANT, p33: foreignPermit(SYMBOL, 0.5, 1) });
    expect(await resultOf(testEnv, half['plan_id'] ?? '')).toMatchObject({ executed: 'True' });
    expect(await endOf(testEnv, full)).toMatchObject({ error: 'proposal_superseded', attempt: '0' });
    await sleep(AFTER_BACK_OFF_MS);
    expect((await published(testEnv)).filter((plan) => plan['plan_id'] === full)).toHaveLength(1);
    expect(testEnv.orders().map(({ quantity }) => Number(quantity))).toEqual([0.5]);
  });

  it("is an operator's: HOLD in the hash does not keep it from its second attempt; part of [L1]", async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    const gate = await testEnv.gate({ roles: 'apply', env });
    const { planId } = await take(gate, 'api', word('PARTIAL_50', 'one'));
    await say('hash', word('HOLD', 'one', 1));
    const second = await eventually(
      async () => (await published(testEnv)).find((plan) => plan['attempt'] === '2'),
      6_000,
    );
    expect(second['plan_id']).toBe(planId);
    await handwrite(testEnv, planId, BOTH);
    expect(await resultOf(testEnv, planId, 2)).toMatchObject({ executed: 'True' });
  });

  it(
    'is re-stamped every second until the Governor is back, then withdrawn: one plan, one order, none after HOLD; part of [L1] [L3]',
    { timeout: 90_000 },
    async () => {
      testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
      const longer = { ...env, APPLY_PERMIT_WAIT_MS: '1200', P33_STALE_THRESHOLD_SEC: '60' };
      await testEnv.gate({ roles: 'apply,position-brain', env: longer });
      await untilKnown(testEnv, SYMBOL);
      const stamping = setInterval(() => void say('hash', word('PARTIAL_50', 'one')), 400);
      try {
        await say('hash', word('PARTIAL_50', 'one'));
        await sleep(3_000);
        expect(new Set((await published(testEnv)).map((plan) => plan['plan_id'])).size).toBe(1);
        await testEnv.gate({ roles: 'governor', env: longer });
        await eventually(() => testEnv.orders()[0], 60_000);
      } finally {
        clearInterval(stamping);
      }
      await say('hash', word('HOLD', 'one', 1));
      await sleep(2 * AFTER_BACK_OFF_MS);
      expect(testEnv.orders().map(({ quantity }) => Number(quantity))).toEqual([0.5]);
      expect((await testEnv.results()).filter(({ fields }) => fields['executed'] === 'True')).toHaveLength(1);
    },
  );
});

describe('a proposal of a strategy', () => {
  let testEnv: TestEnvironment;
  let gate: Gate;
  beforeAll(async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    gate = await testEnv.gate({ roles: 'apply', env: UNREAD });
  });
  afterAll(() => testEnv.close());

  it('from the stream, older than its hash, makes no plan and ends no episode; part of [L2]', async () => {
    const now = word('PARTIAL_50', 'b');
    await testEnv.redis.hset(testEnv.keys.proposal(SYMBOL), now);
    const episode = async (): Promise<string | null> => testEnv.redis.hget(testEnv.keys.standing(SYMBOL), 'episode');
    const before = await episode();
    for (const [action, reason] of [
      ['FULL_CLOSE_PROPOSED', 'proposal_superseded'],
      ['HOLD', 'proposal_superseded'],
    ] as const)
      expect(await take(gate, 'stream', word(action, 'a', -3))).toMatchObject({
        decision: 'SKIP',
        reasonCodes: [reason],
      });
    expect(await episode()).toBe(before);
    expect(await testEnv.redis.del(testEnv.keys.proposal(SYMBOL))).toBe(1);
  });

  it('from the future is refused and does not block a later one; part of [L1]', async () => {
    expect(await take(gate, 'stream', word('HOLD', 'future', 3_600))).toMatchObject({
      reasonCodes: ['proposal_invalid'],
    });
    expect(await take(gate, 'stream', word('PARTIAL_50', 'in time', 1))).toMatchObject({ decision: 'EXECUTE' });
  });

  it('while a plan of it is open renews that plan and makes no other, through every channel; part of [L3] [L8]', async () => {
    const first = await take(gate, 'stream', word('PARTIAL_50', 'same', 2));
    expect(first).toMatchObject({ decision: 'EXECUTE' });
    const journal = testEnv.keys.journal(first.planId);
    const freshUntilMs = async (): Promise<number> => Number(await testEnv.redis.hget(journal, 'fresh_until_ms'));
    const before = await freshUntilMs();
    const later = word('PARTIAL_50', 'same', 4, { kill_score: '0.55' });
    await testEnv.redis.hset(testEnv.keys.proposal(SYMBOL), later);
    for (const channel of ['hash', 'stream'] as const) {
      const again = await take(gate, channel, later);
      expect(again).toMatchObject({ decision: 'SKIP', reasonCodes: ['duplicate_plan'] });
      expect(again.detail).toContain(first.planId);
    }
    expect(await freshUntilMs()).toBeGreaterThanOrEqual(before + 1_900);
    expect(JSON.parse((await testEnv.redis.hget(journal, 'proposal')) ?? '{}')).toMatchObject({
      fields: { kill_score: '0.55' },
    });
    await testEnv.redis.del(testEnv.keys.proposal(SYMBOL));
  });

  it('over a record of another type is refused until the record is deleted: its episode is lost; part of [L3] [R14]', async () => {
    const key = testEnv.keys.standing(SYMBOL);
    const kept = await testEnv.redis.dumpBuffer(key);
    await testEnv.redis.set(key, 'no record');
    for (const channel of ['stream', 'api'] as const) {
      const refused = await take(gate, channel, word('PARTIAL_75', `unread-${channel}`, 4.5));
      expect(refused).toMatchObject({ decision: 'SKIP', reasonCodes: ['repeat_suppressed'] });
      expect(refused.detail).toContain('cannot be read');
    }
    expect(await testEnv.redis.get(key)).toBe('no record');
    await testEnv.redis.del(key);
    if (kept !== null) await testEnv.redis.restore(key, 0, kept);
    expect(await take(gate, 'stream', word('PARTIAL_75', 'again', 4.6))).toMatchObject({ decision: 'EXECUTE' });
  });
});

describe('HOLD at a random moment around publishing, permits and claim', () => {
  // One of each mode and poll; all of them in `npm run test:long`.
  it.each(process.env['EVERY_SEED'] === '1' ? [1, 2, 3, 4] : [1, 4])(
    'lets nothing be claimed after it was written (seed %i) [L1]',
    async (seed) => {
      const random = seeded(seed);
      const testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '100' } });
      try {
        const mode = seed % 2 === 0 ? 'dry_run' : 'testnet';
        const gate = await testEnv.gate({
          roles: 'apply',
          env: { ...UNREAD, APPLY_MODE: mode, APPLY_POLL_SEC: seed <= 2 ? '3600' : '0.05' },
        });
        const ends = new Map<string, number>();
        for (let round = 0; round < 25; round += 1) {
          const id = `${seed}-${round}`;
          const first = word('PARTIAL_50', id);
          await testEnv.redis.hset(testEnv.keys.proposal(SYMBOL), first);
          const hold = async (): Promise<number> => {
            await sleep(random() * 40);
            const done = await testEnv.redis
              .pipeline()
              .hset(testEnv.keys.proposal(SYMBOL), { harvest_action: 'HOLD' })
              .time()
              .exec();
            const [sec = 0, micro = 0] = (done?.[1]?.[1] ?? []) as number[];
            return sec * 1_000 + micro / 1_000;
          };
          const permits = async (): Promise<string> => {
            const { planId, decision } = await take(gate, 'hash', first);
            if (decision !== 'EXECUTE') return '';
            await sleep(random() * 20);
            await handwrite(testEnv, planId, { governor: GRANT, p33: foreignPermit(SYMBOL, 0.001, 100) });
            return planId;
          };
          const [heldMs, planId] = await Promise.all([hold(), permits()]);
          if (planId === '') continue;
          const result = await resultOf(testEnv, planId);
          const claimedMs = await testEnv.redis.hget(testEnv.keys.journal(planId), 'claimed_ms');
          expect(Number(claimedMs ?? 0), `round ${round}`).toBeLessThanOrEqual(heldMs);
          const what = claimedMs === null ? (result['error'] ?? '') : 'claimed';
          ends.set(what, (ends.get(what) ?? 0) + 1);
        }
        expect([...ends.keys()].filter((end) => end !== 'claimed' && end !== 'proposal_withdrawn')).toEqual([]);
      } finally {
        await testEnv.close();
      }
    },
  );
});
