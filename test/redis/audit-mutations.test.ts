import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { headOf, linkEntry, NO_KEY } from '../../src/redis/stores/audit-chain.js';
import type { AuditReport } from '../../src/redis/stores/audit-reader.js';
import { append, AuditChains, changed, factsOf, type StoredEntry } from './audit-support.js';

const CHAIN = 'apply:a';
const OTHERS = ['governor:g', 'position-brain:b'];

let chains: AuditChains;
beforeEach(async () => {
  chains = new AuditChains();
  const stores = [CHAIN, ...OTHERS].map((chain) => chains.store(chain).store);
  for (let i = 1; i <= 8; i += 1) for (const store of stores) await append(store, `act-${i}`);
});
afterEach(() => chains.close());

const found = ({ chains: reports }: AuditReport, chain: string): string[] =>
  reports.find((report) => report.chain === chain)?.faults.map(({ kind, detail }) => `${kind}: ${detail}`) ?? [];
const entryOf = (entries: readonly StoredEntry[], seq: number): StoredEntry => {
  const entry = entries[seq - 1];
  if (entry === undefined) throw new RangeError(`there is no entry ${seq}`);
  return entry;
};
const replaced = (entries: readonly StoredEntry[], seq: number, by: StoredEntry): StoredEntry[] =>
  entries.map((entry, at) => (at === seq - 1 ? by : entry));
/** An entry that a role without the key makes itself. */
function forged(seq: number, prev: string, action: string, id = '*'): string[] {
  const place = { chain: CHAIN, id, after: { seq: seq - 1, hash: prev }, atMs: Date.now(), heads: {} };
  return Object.entries(linkEntry(place, factsOf(action), NO_KEY).fields).flat();
}
const hashIn = ({ flat }: StoredEntry): string => flat[flat.indexOf('hash') + 1] ?? '';

it('an audit that nobody touched is whole, and every entry is proven', async () => {
  const { chains: reports } = await chains.verify();
  const whole = { entries: 8, firstSeq: 1, lastSeq: 8, key: 'proven', faults: [], more: 0 };
  expect(reports.filter(({ entries }) => entries > 0)).toEqual(
    [CHAIN, ...OTHERS].toSorted().map((chain) => expect.objectContaining({ chain, ...whole })),
  );
});

type Mutation = (entries: readonly StoredEntry[]) => Promise<unknown>;
const stream = (): string => chains.stream(CHAIN);
const idOf = (entries: readonly StoredEntry[], seq: number): string => entryOf(entries, seq).id;

const MUTATIONS: readonly [string, string | RegExp, Mutation][] = [
  [
    'the newest entry is deleted',
    /missing: entry 8 is missing: at the end/,
    (e) => chains.redis.xdel(stream(), idOf(e, 8)),
  ],
  [
    'the three newest are deleted',
    /missing: entries 6 to 8 are missing: at the end/,
    (e) => chains.redis.xdel(stream(), ...e.slice(5).map(({ id }) => id)),
  ],
  [
    'the whole stream is deleted',
    /missing: entries 1 to 8 are missing: at the end, known by .*the chain governor:g/,
    () => chains.redis.del(stream()),
  ],
  [
    'stream and recorded end are deleted',
    /missing: entries 1 to \d are missing: at the end, known by the chain/,
    () => Promise.all([chains.redis.del(stream()), chains.redis.hdel(chains.keys.auditHeads(), CHAIN)]),
  ],
  ['the whole stream is emptied', /missing: entries 1 to 8/, () => chains.redis.xtrim(stream(), 'MAXLEN', 0)],
  ['an entry in the middle is deleted', /missing: entry 4 is missing/, (e) => chains.redis.xdel(stream(), idOf(e, 4))],
  [
    'the oldest are cut off',
    /missing: entries 1 to 3 are missing: cut off, and no checkpoint/,
    (e) => chains.redis.xtrim(stream(), 'MINID', idOf(e, 4)),
  ],
  [
    'the actor of an entry is rewritten',
    /changed: entry 3: its content/,
    (e) => chains.write(CHAIN, replaced(e, 3, changed(entryOf(e, 3), 'actor', 'bert'))),
  ],
  [
    'an entry is rewritten, and its hash made anew without the key',
    /changed|foreign/,
    (e) =>
      chains.write(
        CHAIN,
        replaced(e, 3, { id: idOf(e, 3), flat: forged(3, hashIn(entryOf(e, 2)), 'act-3', idOf(e, 3)) }),
      ),
  ],
  [
    'the newest entry is rewritten',
    /changed: entry 8: its content/,
    (e) => chains.write(CHAIN, replaced(e, 8, changed(entryOf(e, 8), 'outcome', 'refused'))),
  ],
  [
    'two entries change places',
    /changed|foreign/,
    (e) =>
      chains.write(
        CHAIN,
        replaced(replaced(e, 4, { id: idOf(e, 4), flat: entryOf(e, 5).flat }), 5, {
          id: idOf(e, 5),
          flat: entryOf(e, 4).flat,
        }),
      ),
  ],
  [
    'an entry is appended by hand',
    /foreign: it has no at/,
    () => chains.redis.xadd(stream(), '*', 'action', 'nothing to see here'),
  ],
  [
    'an entry without a hash is appended',
    /foreign: its prev or hash is no digest/,
    (e) => chains.redis.xadd(stream(), '*', ...changed(entryOf(e, 8), 'hash', '').flat),
  ],
  [
    'the next entry is forged without the key',
    /foreign: it is not keyed/,
    (e) =>
      chains.redis.xadd(stream(), '9000000000000-0', ...forged(9, hashIn(entryOf(e, 8)), 'arm', '9000000000000-0')),
  ],
  [
    'the newest entry is appended once more',
    /foreign: its hash is wrong/,
    (e) => chains.redis.xadd(stream(), '*', ...entryOf(e, 8).flat),
  ],
  [
    'it is trimmed and appended again with another actor',
    /changed|foreign/,
    async (e) => {
      await chains.redis.xtrim(stream(), 'MAXLEN', 0);
      for (const entry of e) await chains.redis.xadd(stream(), '*', ...changed(entry, 'actor', 'bert').flat);
    },
  ],
  [
    'it is trimmed and appended again as it was',
    /changed|foreign/,
    async (e) => {
      await chains.redis.xtrim(stream(), 'MAXLEN', 0);
      for (const { flat } of e) await chains.redis.xadd(stream(), '*', ...flat);
    },
  ],
  [
    'it is rewritten as a whole without the key',
    /foreign: no entry of the chain is keyed/,
    async (e) => {
      let hash = '0'.repeat(64);
      const rewritten = e.map(({ id }, at) => {
        const flat = forged(at + 1, hash, `act-${at + 1}`, id);
        hash = hashIn({ id, flat });
        return { id, flat };
      });
      await chains.write(CHAIN, rewritten);
      await chains.redis.hset(chains.keys.auditHeads(), CHAIN, headOf(CHAIN, { seq: 8, hash }, NO_KEY));
    },
  ],
  [
    'it is set back to an earlier state with its recorded end',
    /missing: entr.* at the end, known by the chain/,
    async (e) => {
      const early = await olderHead(e, 5);
      await chains.write(CHAIN, e.slice(0, 5));
      await chains.redis.hset(chains.keys.auditHeads(), CHAIN, early);
    },
  ],
  [
    "another chain's stream takes its place",
    /changed|foreign/,
    async () => chains.write(CHAIN, await chains.entries('governor:g')),
  ],
  [
    "another chain's entries are appended",
    /foreign: its hash is wrong/,
    async () => {
      for (const { flat } of await chains.entries('governor:g')) await chains.redis.xadd(stream(), '*', ...flat);
    },
  ],
  [
    'the last id is set',
    /last_id: the stream has given out 9000000000000-0/,
    () => chains.redis.call('XSETID', stream(), '9000000000000-0'),
  ],
  [
    'an entry is appended and deleted again',
    /last_id/,
    async () => {
      const id = await chains.redis.xadd(stream(), '*', 'a', 'b');
      await chains.redis.xdel(stream(), id ?? '');
    },
  ],
  [
    'its recorded end is deleted',
    /head: the end of the chain is not recorded|head: the recorded end is garbage/,
    () => chains.redis.hdel(chains.keys.auditHeads(), CHAIN),
  ],
  [
    'its recorded end is garbage',
    /head: the recorded end is garbage/,
    () => chains.redis.hset(chains.keys.auditHeads(), CHAIN, 'garbage'),
  ],
  [
    'its recorded end is an older one',
    /head: the recorded end is entry 5, the newest entry is 8/,
    async (e) => chains.redis.hset(chains.keys.auditHeads(), CHAIN, await olderHead(e, 5)),
  ],
  [
    'its recorded end is made up',
    /head: the recorded end was not written with its key/,
    () => chains.redis.hset(chains.keys.auditHeads(), CHAIN, headOf(CHAIN, { seq: 99, hash: 'f'.repeat(64) }, NO_KEY)),
  ],
  [
    'the key is of another type',
    /missing: entries 1 to 8/,
    async () => {
      await chains.redis.del(stream());
      await chains.redis.set(stream(), 'no stream');
    },
  ],
];

/** The end of the chain as it was recorded after an entry: other chains noted it. */
async function olderHead(entries: readonly StoredEntry[], seq: number): Promise<string> {
  const { store } = chains.store(CHAIN);
  return headOf(CHAIN, { seq, hash: hashIn(entryOf(entries, seq)) }, store.keyRing[0] ?? NO_KEY);
}

describe('audit verify finds and names that', () => {
  it.each(MUTATIONS)('%s', async (_, expected, mutate) => {
    await mutate(await chains.entries(CHAIN));
    const report = await chains.verify();
    expect(found(report, CHAIN)).toEqual(expect.arrayContaining([expect.stringMatching(expected)]));
    for (const other of OTHERS) expect(found(report, other)).toEqual([]);
  });
});
