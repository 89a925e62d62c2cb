import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { AskingStrategy } from '../harness/peers/asking-strategy.js';
import type { Fleet, Kind, Role } from '../harness/peers/fleet.js';
import { createFleet, everySymbol, expectExplained, expectOnce, halve, mixOf, WHOLE } from './interchange-support.js';

const ROUNDS = 10;
/** The last results among which the guide's Position Brain looks for one to apply. */
const NEWEST_RESULTS = 10;

let fleet: Fleet;
afterEach(() => fleet.close());

describe('a fleet of old and new services', () => {
  it.runIf(WHOLE).each(['OOO', 'OXO', 'XOO', 'XXO'])(
    '%s with our Position Brain executes every proposal once [I1]',
    async (text) => {
      fleet = await createFleet();
      await fleet.startAll(mixOf(text));
      await halve(fleet, ROUNDS);
      await expectOnce(fleet, 2 * ROUNDS);
      await expectExplained(fleet);
      expect(await fleet.entries('dead.letters')).toEqual([]);
    },
    240_000,
  );

  it.runIf(WHOLE).each(['OOX', 'OXX'])(
    '%s with a Position Brain that counts a result once executes every proposal once [I1]',
    async (text) => {
      fleet = await createFleet({ guide: { PEER_LEDGER: 'once' } });
      await fleet.startAll(mixOf(text));
      await halve(fleet, ROUNDS);
      await expectOnce(fleet, 2 * ROUNDS);
      const differs = async (symbol: string): Promise<number> =>
        Math.abs((await fleet.ledger(symbol)) - fleet.amount(symbol));
      await eventually(async () => (await everySymbol(fleet, differs)).every((difference) => difference < 1e-6));
      expect(await fleet.entries('dead.letters')).toEqual([]);
    },
    240_000,
  );
});

type Step = readonly [role: Role, kind: Kind];
const THERE: readonly Step[] = [
  ['position-brain', 'ours'],
  ['governor', 'ours'],
  ['apply', 'ours'],
];
const BACK: readonly Step[] = [
  ['apply', 'guide'],
  ['governor', 'guide'],
];
const BACK_OTHERWISE: readonly Step[] = BACK.toReversed();

/** No order of ours is on its way, or waits for its outcome: another Apply would not follow it up. */
async function untilSettled(): Promise<void> {
  const isOnItsWay = async (planId: string): Promise<boolean> =>
    ['CLAIMED', 'UNKNOWN'].includes((await fleet.redis.hget(`quantum:apply:journal:${planId}`, 'state')) ?? '');
  const open = await fleet.redis.zrange('quantum:apply:open', '0', '-1');
  if (!(await Promise.all(open.map(isOnItsWay))).some(Boolean)) return;
  await fleet.start('apply', 'ours');
  await eventually(async () => !(await Promise.all(open.map(isOnItsWay))).some(Boolean), 60_000);
  await fleet.stop('apply');
}

/** Ends when every symbol was halved that often since, while its strategy goes on. */
async function whileAsking(steps: readonly Step[], signal: NodeJS.Signals, halves: number): Promise<number> {
  const over = new AbortController();
  const done = new Map(fleet.symbols.map((symbol) => [symbol, 0]));
  const asking = everySymbol(fleet, async (symbol) => {
    const strategy = new AskingStrategy(fleet, symbol);
    while (!over.signal.aborted) {
      await strategy.half();
      done.set(symbol, (done.get(symbol) ?? 0) + 1);
    }
  });
  const working = (async () => {
    for (const [role, kind] of steps) {
      await fleet.stop(role, signal);
      if (role === 'apply' && kind === 'guide') await untilSettled();
      await fleet.start(role, kind);
      const before = new Map(done);
      await eventually(
        () => fleet.symbols.every((symbol) => (done.get(symbol) ?? 0) - (before.get(symbol) ?? 0) >= halves),
        60_000,
      );
    }
  })().finally(() => over.abort());
  await Promise.all([asking, working]);
  return [...done.values()].reduce((sum, each) => sum + each, 0);
}

describe('replacing an old fleet role by role and going back, under a stream of proposals', () => {
  it.each<readonly [NodeJS.Signals, string, readonly Step[]]>([
    ['SIGKILL', 'Governor, Apply', BACK_OTHERWISE],
    ...(WHOLE
      ? ([
          ['SIGTERM', 'Governor, Apply', BACK_OTHERWISE],
          ['SIGTERM', 'Apply, Governor', BACK],
          ['SIGKILL', 'Apply, Governor', BACK],
        ] as const)
      : []),
  ])(
    'with %s, back by %s and the Position Brain last: every proposal once, no ledger by hand [I1]',
    async (signal, _order, back) => {
      fleet = await createFleet();
      await fleet.startAll(mixOf('XXX'));
      const proposals = await whileAsking([...THERE, ...back], signal, 1);
      await expectOnce(fleet, proposals);
      await expectExplained(fleet);
      // The old fleet alone: its Apply has pushed our results out of those that its Position Brain looks at.
      const ownResults = async (): Promise<unknown> =>
        (await fleet.entries('apply.result')).slice(-NEWEST_RESULTS).every((result) => result['schema'] === undefined);
      await eventually(ownResults);
      await fleet.replace('position-brain', 'guide', signal);
      await halve(fleet, 1);
      await expectOnce(fleet, proposals + fleet.symbols.length);
      expect(await fleet.entries('dead.letters')).toEqual([]);
    },
    120_000,
  );
});
