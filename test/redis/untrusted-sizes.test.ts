import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ControlStore } from '../../src/redis/stores/control-store.js';
import { StreamRetention } from '../../src/apply/stream-retention.js';
import { eventually } from '../harness/eventually.js';
import { proposalFields } from '../harness/proposals.js';
import { RedisServer } from '../harness/redis-server.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { metric, QUICK, resultOf, submit, untilKnown } from './apply-support.js';
import { deadLetters } from './issuer-support.js';

const MB = 1024 * 1024;
/** One field of four. */
const FIELD_MB = process.env['WHOLE_SIZES'] === '1' ? 32 : 16;
const LARGE = ['kill_score', 'R_net', 'reason_codes', 'unknown_field'];
const SYMBOLS = { APPLY_ALLOWLIST: 'BTCUSDT,ETHUSDT', P33_ALLOWLIST: 'BTCUSDT,ETHUSDT' };

/** Runs with the memory of this process sampled; returns by how much it rose, in MB. */
async function grown(run: () => Promise<void>): Promise<number> {
  const used = (): number => {
    const { heapUsed, external } = process.memoryUsage();
    return (heapUsed + external) / MB;
  };
  const before = used();
  let most = before;
  const sampler = setInterval(() => (most = Math.max(most, used())), 2);
  try {
    await run();
  } finally {
    clearInterval(sampler);
  }
  return most - before;
}

describe('values that are too large to be read', () => {
  let server: RedisServer;
  let testEnv: TestEnvironment;
  beforeEach(async () => {
    server = await new RedisServer().start();
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '1.000', ETHUSDT: '10.000' } }, server.socketPath);
  });
  afterEach(async () => {
    await testEnv.close();
    await server.stop();
  });

  const gateOn = async () => {
    const gate = await testEnv.gate({ env: { ...QUICK, ...SYMBOLS, REDIS_URL: `unix://${server.socketPath}` } });
    await untilKnown(testEnv, 'BTCUSDT', 'ETHUSDT');
    return gate;
  };
  /** The next plan of the other symbol is carried out; a snapshot may still be older than the fill of the one before. */
  const trades = (gate: Gate) =>
    eventually(async () => {
      const { planId } = await submit(gate, 'ETHUSDT', 'PARTIAL_25');
      const { executed, reason } = await resultOf(testEnv, planId);
      if (executed !== 'True' && reason !== 'cooldown_in_flight') throw new Error(`plan ${planId}: ${reason}`);
      return executed === 'True' || undefined;
    });
  /** Built inside Redis, so that this process never holds it. */
  const write = (command: 'HSET' | 'XADD', key: string, fields: Record<string, string>, large: readonly string[]) => {
    const script = `local f, n = {}, tonumber(ARGV[1])
      for i = 2, #ARGV do if ARGV[i] == '!' then f[#f + 1] = string.rep('9', n) else f[#f + 1] = ARGV[i] end end
      ${command === 'HSET' ? "redis.call('DEL', KEYS[1])" : ''}
      return redis.call('${command}', KEYS[1], ${command === 'XADD' ? "'*', " : ''}unpack(f))`;
    const all = { ...fields, ...Object.fromEntries(large.map((field) => [field, '!'])) };
    return testEnv.redis.eval(script, 1, key, String(FIELD_MB * MB), ...Object.entries(all).flat());
  };

  it('[C16] a proposal hash: refused with the field and its size, and read by nobody; the other symbol trades meanwhile', async () => {
    const gate = await gateOn();
    const grew = await grown(async () => {
      await write('HSET', testEnv.keys.proposal('BTCUSDT'), proposalFields('FULL_CLOSE_PROPOSED'), LARGE);
      const refused = await eventually(
        async () => (await testEnv.results()).find(({ fields }) => fields['symbol'] === 'BTCUSDT')?.fields,
      );
      expect(refused['decision']).toBe('ERROR');
      expect(refused['reason']).toMatch(
        new RegExp(`^proposal_invalid: kill_score is ${FIELD_MB * MB} bytes long; 512 characters are allowed$`),
      );
      for (let round = 0; round < 3; round += 1) await trades(gate);
    });
    expect(grew).toBeLessThan(50);
    expect((await testEnv.results()).filter(({ fields }) => fields['symbol'] === 'BTCUSDT')).toHaveLength(1);
    expect(testEnv.orders().filter(({ symbol }) => symbol === 'BTCUSDT')).toEqual([]);
  });

  it.each([
    ['a proposal', 'proposalStream', ['kill_score', 'R_net', 'reason_codes', 'unknown_field']],
    ['a plan', 'planStream', ['steps', 'R_net', 'reason_codes', 'unknown_field']],
    ['a result', 'resultStream', ['steps_results', 'error', 'reason', 'unknown_field']],
  ] as const)(
    '[C16] %s of a stream: a dead letter with its reason, read by nobody; the stream goes on',
    async (_what, stream, large) => {
      const gate = await gateOn();
      const grew = await grown(async () => {
        const known = { ...proposalFields('FULL_CLOSE_PROPOSED'), symbol: 'BTCUSDT', plan_id: 'f'.repeat(16) };
        const id = String(await write('XADD', testEnv.keys[stream](), known, large));
        const groups = (await testEnv.redis.xinfo('GROUPS', testEnv.keys[stream]())) as unknown[];
        const letters = await eventually(async () => {
          const found = await deadLetters(testEnv);
          return found.length >= groups.length ? found : undefined;
        }, 20_000);
        for (const letter of letters) {
          expect(letter).toMatchObject({ stream: testEnv.keys[stream](), entry_id: id });
          expect(letter['reason']).toMatch(/^the entry is larger than 8388608 bytes, .* It was not read$/);
        }
        // The test reads the streams too.
        await testEnv.redis.xdel(testEnv.keys[stream](), id);
        await trades(gate);
      });
      // Up to three readers hang up after 8 MB each, twice: once at the whole batch, once at this entry.
      expect(grew).toBeLessThan(100);
    },
    40_000,
  );

  it('[C16] a permit event, and a permit: the plans go on', async () => {
    const gate = await gateOn();
    const grew = await grown(async () => {
      const event = { plan_id: 'f'.repeat(16), attempt: '1', issuer: 'governor', verdict: 'allow' };
      await write('XADD', testEnv.keys.permitEvents(), event, ['permit', 'one', 'two', 'three']);
      for (let round = 0; round < 3; round += 1) await trades(gate);
    });
    expect(grew).toBeLessThan(50);
  });
});

describe('more proposals than anybody needs', () => {
  let testEnv: TestEnvironment;
  beforeEach(async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '1.000', ETHUSDT: '10.000' } });
  });
  afterEach(() => testEnv.close());

  const PER_MIN = 60;
  const gateOn = async () => {
    const gate = await testEnv.gate({
      env: { ...QUICK, ...SYMBOLS, APPLY_PROPOSALS_PER_MIN: String(PER_MIN) },
      rights: ['operator'],
    });
    await untilKnown(testEnv, 'BTCUSDT', 'ETHUSDT');
    return gate;
  };
  const journals = (): Promise<string[]> => testEnv.redis.keys(testEnv.keys.journal('*'));

  it('[C16] 6 000 of one symbol on the stream: few are stored, the newest is carried out, the other symbol and the kill switch are not delayed', async () => {
    const gate = await gateOn();
    const nowMs = Date.now();
    const adding = testEnv.redis.pipeline();
    const add = (to: typeof adding, at: number, action: string): void => {
      const stamp = {
        last_update_epoch: String((nowMs + at / 10) / 1_000),
        computed_at_utc: new Date(nowMs + at).toISOString(),
      };
      const fields = { ...proposalFields(action, stamp), symbol: 'BTCUSDT', proposal_id: `p${at}` };
      to.xadd(testEnv.keys.proposalStream(), '*', ...Object.entries(fields).flat());
    };
    for (let at = 0; at < 5_999; at += 1) add(adding, at, 'HOLD');
    await adding.exec();
    const control = gate.app.get(ControlStore, { strict: false });
    const askedMs = performance.now();
    await control.setKillSwitch({ engaged: true, by: 'test', reason: 'a flood', at_ms: 1 });
    expect(performance.now() - askedMs).toBeLessThan(1_000);
    await control.setKillSwitch({ engaged: false, by: 'test', reason: 'it is over', at_ms: 2 });
    // The last one asks for another share than all the others.
    const last = testEnv.redis.pipeline();
    add(last, 5_999, 'FULL_CLOSE_PROPOSED');
    await last.exec();
    const { planId } = await submit(gate, 'ETHUSDT', 'PARTIAL_25');
    expect(await resultOf(testEnv, planId, 1, 10_000)).toMatchObject({ executed: 'True' });
    await eventually(() => testEnv.orders().some(({ symbol }) => symbol === 'BTCUSDT') || undefined, 20_000);
    expect((await journals()).length).toBeLessThanOrEqual(PER_MIN + 30);
    const [pending] = await testEnv.redis.xpending(testEnv.keys.proposalStream(), 'apply');
    expect(pending).toBe(0);
    const shed = await metric(gate, 'apply_proposals_shed_total{symbol="BTCUSDT",source="strategy"}');
    expect(shed).toBeGreaterThan(5_800);
  }, 40_000);

  it('[C16] calls are refused with 429 and when to call again', async () => {
    const gate = await gateOn();
    // At once, because each second lets one more pass.
    const calls = (...symbols: readonly string[]) =>
      Promise.allSettled(
        Array.from({ length: 2 * PER_MIN }, (_, at) => submit(gate, symbols[at % symbols.length] ?? '', 'HOLD')),
      );
    const refused = (settled: readonly PromiseSettledResult<unknown>[]): string[] =>
      settled.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []));
    const ours = refused(await calls('BTCUSDT'));
    expect(ours.length).toBeGreaterThan(PER_MIN / 2);
    expect(new Set(ours)).toEqual(
      new Set([
        'Error: More than 60 proposals of BTCUSDT in a minute (APPLY_PROPOSALS_PER_MIN). Nothing was published.',
      ]),
    );
    expect((await submit(gate, 'ETHUSDT', 'HOLD')).reasonCodes).toEqual(['action_hold']);
    expect(refused(await calls('AUSDT', 'BUSDT')).length).toBeGreaterThan(PER_MIN / 2);
  });

  it('[C16] of the plans that are no longer listed only those with an order are kept', async () => {
    const gate = await gateOn();
    const { planId: done } = await submit(gate, 'ETHUSDT', 'PARTIAL_25');
    expect(await resultOf(testEnv, done)).toMatchObject({ executed: 'True' });
    const { planId: refused } = await submit(gate, 'ETHUSDT', 'HOLD');
    const newer = testEnv.redis.pipeline();
    for (let at = 0; at < 10_000; at += 1) newer.zadd(testEnv.keys.planIndex(), Date.now() + 60_000, `newer-${at}`);
    await newer.exec();
    await eventually(async () => {
      await gate.app.get(StreamRetention, { strict: false }).trim();
      return (await testEnv.redis.zcard(testEnv.keys.planIndex())) === 10_000 || undefined;
    });
    expect(await testEnv.redis.exists(testEnv.keys.journal(refused), testEnv.keys.trace(refused))).toBe(0);
    expect(await testEnv.redis.exists(testEnv.keys.journal(done), testEnv.keys.trace(done))).toBe(2);
  });
});
