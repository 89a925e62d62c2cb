import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CHECKPOINT, RETIRED } from '../../src/redis/stores/audit-verifier.js';
import { RedisServer } from '../harness/redis-server.js';
import { append, AUDIT_KEY, AuditChains, OTHER_KEY } from './audit-support.js';

let chains: AuditChains;
beforeEach(() => (chains = new AuditChains()));
afterEach(() => chains.close());

const fieldsOf = async (chain: string): Promise<Record<string, string>[]> =>
  (await chains.entries(chain)).map(({ flat }) =>
    Object.fromEntries(Array.from({ length: flat.length / 2 }, (_, at) => [flat[2 * at], flat[2 * at + 1]])),
  );
const reportOf = async (chain: string, variables?: NodeJS.ProcessEnv) =>
  (await chains.verify(variables)).chains.find((report) => report.chain === chain);
const faultsOf = async (chain: string): Promise<string[]> =>
  (await reportOf(chain))?.faults.map(({ kind, detail }) => `${kind}: ${detail}`) ?? [];

it('is one chain while two processes of one name write at once, and goes on in the next process', async () => {
  const [a, b] = [chains.store('apply:a'), chains.store('apply:a')];
  const appendAll = async ({ store }: typeof a, name: string): Promise<void> => {
    for (let i = 0; i < 30; i += 1) await append(store, `${name}-${i}`);
  };
  await Promise.all([appendAll(a, 'a'), appendAll(b, 'b')]);
  const next = chains.store('apply:a');
  await append(next.store, 'act-60');
  expect((await fieldsOf('apply:a')).map(({ seq }) => Number(seq))).toEqual(
    Array.from({ length: 61 }, (_, i) => i + 1),
  );
  expect([...a.damage, ...b.damage, ...next.damage]).toEqual([]);
  expect(await reportOf('apply:a')).toMatchObject({ entries: 61, key: 'proven', faults: [] });
});

it('has the newest ends of the other chains in its entries, each once, and all of them at a checkpoint', async () => {
  const [a, g] = [chains.store('apply:a').store, chains.store('governor:g').store];
  await append(g, 'g-1');
  await append(a, 'a-1');
  await append(a, 'a-2');
  await append(g, 'g-2');
  await append(a, 'a-3');
  const noted = (await fieldsOf('apply:a')).map(({ heads }) => /"governor:g":"(\d+):/.exec(heads ?? '')?.[1]);
  expect(noted).toEqual(['1', undefined, '2']);
});

it('keyed with another key in each process, is proven as far as the verifier has the keys', async () => {
  await append(chains.store('apply:a').store, 'a-1');
  await append(chains.store('governor:g', { AUDIT_KEY: OTHER_KEY }).store, 'g-1');
  expect(await reportOf('governor:g')).toMatchObject({ key: 'not here', faults: [] });
  const both = { AUDIT_KEY: `${AUDIT_KEY}\n${OTHER_KEY}` };
  expect(await reportOf('governor:g', both)).toMatchObject({ key: 'proven', faults: [] });
});

it('goes on with a new key, which the earlier one follows in the file', async () => {
  await append(chains.store('apply:a').store, 'a-1');
  const rotated = chains.store('apply:a', { AUDIT_KEY: `${OTHER_KEY}\n${AUDIT_KEY}` });
  await append(rotated.store, 'a-2');
  const report = await reportOf('apply:a', { AUDIT_KEY: `${OTHER_KEY}\n${AUDIT_KEY}` });
  expect(report).toMatchObject({ entries: 2, key: 'proven', faults: [] });
  expect(report?.kids).toHaveLength(2);
  expect(rotated.damage).toEqual([]);
});

it('that has no key goes on with one, and only shows damage before', async () => {
  const none = { AUDIT_KEY: undefined };
  const before = chains.store('apply:a', none);
  await append(before.store, 'a-1');
  expect(await reportOf('apply:a', none)).toMatchObject({ entries: 1, key: 'none', faults: [] });
  const keyed = chains.store('apply:a');
  await append(keyed.store, 'a-2');
  expect(keyed.damage).toEqual([]);
  expect(await reportOf('apply:a')).toMatchObject({ entries: 2, lastSeq: 2, key: 'proven', faults: [] });
  // Not the other way round: an entry without the key is not one of its process.
  const without = chains.store('apply:a', none);
  await append(without.store, 'a-3');
  expect(await faultsOf('apply:a')).not.toEqual([]);
});

it('is not held up by a thousand ends that somebody recorded, nor by large ones', async () => {
  const { store } = chains.store('apply:a');
  await append(store, 'a-1');
  const heads = chains.keys.auditHeads();
  await chains.redis.hset(heads, 'governor:large', 'x'.repeat(1_000_000));
  await append(store, 'a-2');
  expect([...(await store.heads()).keys()]).toEqual(['apply:a']);
  await chains.redis.hset(heads, Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`governor:${i}`, 'x'])));
  await append(store, 'a-3');
  expect((await fieldsOf('apply:a')).map(({ action }) => action)).toEqual(['a-1', 'a-2', 'a-3']);
});

describe('the process that keeps the chain', () => {
  const KEPT = async () => {
    const kept = chains.store('apply:a');
    for (let i = 1; i <= 5; i += 1) await append(kept.store, `act-${i}`);
    return kept;
  };

  it.each<[string, string | RegExp, (stream: string) => Promise<unknown>]>([
    [
      'is deleted',
      /entries 1 to 5 are missing at the end .*known by this process/,
      (stream) => chains.redis.del(stream),
    ],
    [
      'is deleted with all recorded ends',
      /entries 1 to 5 are missing at the end/,
      (stream) => chains.redis.del(stream, chains.keys.auditHeads()),
    ],
    [
      'gets a foreign entry',
      /the newest entry .* was not written by a process of its chain/,
      (stream) => chains.redis.xadd(stream, '*', 'a', 'b'),
    ],
    [
      'gets another last id',
      /the last id of .* is .*-9, and its newest entry/,
      async (stream) => chains.redis.call('XSETID', stream, `${Date.now() + 60_000}-9`),
    ],
    [
      'loses its newest entry',
      /entries of .* were deleted or trimmed by somebody else \(1\)/,
      async (stream) => {
        const [newest] = await chains.redis.xrevrange(stream, '+', '-', 'COUNT', 1);
        await chains.redis.xdel(stream, newest?.[0] ?? '');
      },
    ],
    [
      'is cut',
      /entries of .* were deleted or trimmed by somebody else \(3\)/,
      (stream) => chains.redis.xtrim(stream, 'MAXLEN', 2),
    ],
  ])(
    'notices when its stream %s, and the entries that follow leave the gap visible',
    async (damaging, expected, damaged) => {
      const { store, damage } = await KEPT();
      await store.check();
      expect(damage).toEqual([]);
      await damaged(chains.stream('apply:a'));
      await store.check();
      expect(damage).toEqual([expect.stringMatching(expected)]);
      await append(store, 'act-6');
      // After the next entry nothing in Redis shows that the last id was another one.
      expect((await faultsOf('apply:a')).length > 0).toBe(!damaging.includes('last id'));
      expect((await fieldsOf('apply:a')).at(-1)).toMatchObject({ seq: '6', action: 'act-6' });
    },
  );

  it('notices at its start that the chain is shorter than its recorded end', async () => {
    await KEPT();
    await chains.redis.xtrim(chains.stream('apply:a'), 'MAXLEN', 0);
    const { store, damage } = chains.store('apply:a');
    await append(store, 'process.start');
    expect(damage).toEqual([expect.stringMatching(/entries 1 to 5 are missing at the end .*recorded end/)]);
    expect(await faultsOf('apply:a')).toEqual([expect.stringMatching(/missing: entries 1 to 5 are missing/)]);
  });

  it('notices that the recorded end of another chain went back', async () => {
    const { store, damage } = await KEPT();
    const other = chains.store('governor:g').store;
    await append(other, 'g-1');
    await store.check();
    const early = (await chains.redis.hget(chains.keys.auditHeads(), 'governor:g')) ?? '';
    await append(other, 'g-2');
    await store.check();
    await chains.redis.hset(chains.keys.auditHeads(), 'governor:g', early);
    await store.check();
    expect(damage).toEqual([
      expect.stringMatching(/the recorded end of the audit chain governor:g was entry 2, and is entry 1/),
    ]);
  });

  it('stops at an id beyond reach, and appends nothing after it', async () => {
    const { store } = await KEPT();
    await chains.redis.xadd(chains.stream('apply:a'), '9000000000000-0', 'a', 'b');
    await expect(append(store, 'act-6')).rejects.toThrow(/beyond the reach of Redis' clock/);
  });
});

describe('retention', () => {
  const VARIABLES = { AUDIT_KEY, AUDIT_RETENTION_DAYS: '1' };
  const LATER_SEC = 90_000;

  let server: RedisServer;
  beforeEach(async () => {
    await chains.close();
    server = await new RedisServer({ clock: true }).start();
    chains = new AuditChains(server.socketPath);
  });
  afterEach(async () => {
    await chains.close();
    chains = new AuditChains();
    await server.stop();
  });

  /** Three entries of a process that ended longer ago than entries are kept. */
  async function writeOld(...names: string[]): Promise<void> {
    for (const name of names)
      for (let i = 1; i <= 3; i += 1) await append(chains.store(name, VARIABLES).store, `old-${i}`);
    server.setClock(LATER_SEC);
  }

  it('cuts what is too old, with a checkpoint in the chain; what is left is whole', async () => {
    await writeOld('apply:a');
    const { store, damage } = chains.store('apply:a', VARIABLES);
    await append(store, 'new-1');
    await chains.retention(store, VARIABLES).keep();
    await store.check();
    expect((await fieldsOf('apply:a')).map(({ action }) => action)).toEqual(['new-1', CHECKPOINT]);
    expect(await faultsOf('apply:a')).toEqual([]);
    expect(damage).toEqual([]);
    await chains.redis.xtrim(chains.stream('apply:a'), 'MAXLEN', 1);
    expect(await faultsOf('apply:a')).toEqual([
      expect.stringMatching(/missing: entry 4 is missing: the checkpoint of/),
    ]);
  });

  it('ends a chain of its own role that has nothing younger, and names it', async () => {
    await writeOld('apply:gone', 'governor:gone');
    const { store } = chains.store('apply:a', VARIABLES);
    await append(store, 'new-1');
    await chains.retention(store, VARIABLES).keep();
    expect(Object.keys(await chains.redis.hgetall(chains.keys.auditHeads())).toSorted()).toEqual([
      'apply:a',
      'governor:gone',
    ]);
    expect(await fieldsOf('apply:a')).toEqual([
      expect.objectContaining({ action: 'new-1' }),
      expect.objectContaining({ action: RETIRED, target: 'apply:gone' }),
    ]);
    expect(await faultsOf('apply:gone')).toEqual([]);
  });
});
