import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { AskingStrategy } from '../harness/peers/asking-strategy.js';
import { Fleet, type FleetOptions, type Kind, type Mix, type Role } from '../harness/peers/fleet.js';

/** `npm run test:long` runs every mix with twenty proposals, and every order of going there and back. */
const WHOLE = process.env['EVERY_MIX'] === '1';
const ROUNDS = WHOLE ? 10 : 1;
const COOLDOWN_SEC = 1;
const SETTINGS = {
  APPLY_POLL_SEC: '0.1',
  P33_POLL_SEC: '0.2',
  P33_COOLDOWN_SEC: String(COOLDOWN_SEC),
  GOV_MAX_EXEC_PER_HOUR: '1000',
  GOV_MAX_EXEC_PER_5MIN: '1000',
  GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD: '1000000',
};
const POSITIONS = { BTCUSDT: '200', ETHUSDT: '-200' };
/** The last results among which the guide's Position Brain looks for one to apply. */
const NEWEST_RESULTS = 10;

let fleet: Fleet;
afterEach(() => fleet.close());

async function create(options: Partial<FleetOptions> = {}): Promise<void> {
  fleet = await Fleet.create({ positions: POSITIONS, settings: SETTINGS, ...options });
  await fleet.leaveLedgers();
}

/** `OXX`: our Apply, the guide's Governor and Position Brain. */
function mixOf(text: string): Mix {
  const [apply = 'ours', governor = 'ours', brain = 'ours'] = text
    .split('')
    .map((each): Kind => (each === 'O' ? 'ours' : 'guide'));
  return { apply, governor, 'position-brain': brain };
}

const everySymbol = <T>(each: (symbol: string) => Promise<T>): Promise<T[]> => Promise.all(fleet.symbols.map(each));

/** Every symbol is halved that often, one proposal after the other. */
async function halve(times: number): Promise<void> {
  await everySymbol(async (symbol) => {
    const strategy = new AskingStrategy(fleet, symbol);
    for (let round = 0; round < times; round += 1) await strategy.half();
  });
}

/** What the exchange carried out is what the results say, and each order took half of what was there. */
async function expectOnce(proposals: number): Promise<void> {
  const { orders } = fleet.exchange.records();
  expect(orders).toHaveLength(proposals);
  expect(orders.every(({ reduceOnly, status }) => reduceOnly && status === 'FILLED')).toBe(true);
  const executed = async (): Promise<string[]> =>
    (await fleet.entries('apply.result'))
      .filter((result) => result['executed'] === 'True')
      .map((result) => String((JSON.parse(result['steps_results'] ?? '[]') as { order_id?: unknown }[])[0]?.order_id));
  await eventually(async () => (await executed()).length >= proposals);
  expect((await executed()).toSorted()).toEqual(orders.map(({ orderId }) => String(orderId)).toSorted());
  for (const symbol of fleet.symbols) {
    let left = Math.abs(Number(POSITIONS[symbol as keyof typeof POSITIONS]));
    for (const order of orders.filter((each) => each.symbol === symbol)) {
      expect(Math.abs(Number(order.quantity) - left / 2)).toBeLessThanOrEqual(0.001);
      left -= Number(order.quantity);
    }
  }
}

/** Our Position Brain explains every fill, and the cooldown passed between any two orders of a symbol. */
async function expectExplained(): Promise<void> {
  const agrees = async (symbol: string): Promise<boolean> => (await fleet.ledger(symbol)) === fleet.amount(symbol);
  await eventually(async () => (await everySymbol(agrees)).every(Boolean));
  for (const symbol of fleet.symbols) {
    const times = fleet.exchange.records().orders.filter((order) => order.symbol === symbol);
    for (const [at, order] of times.slice(1).entries())
      expect(order.acceptedAtMs - (times[at]?.acceptedAtMs ?? 0)).toBeGreaterThanOrEqual(COOLDOWN_SEC * 1_000);
  }
}

describe('a fleet of old and new services', () => {
  it.runIf(WHOLE).each(['OOO', 'OXO', 'XOO', 'XXO'])(
    '%s with our Position Brain executes every proposal once [I1]',
    async (text) => {
      await create();
      await fleet.startAll(mixOf(text));
      await halve(ROUNDS);
      await expectOnce(2 * ROUNDS);
      await expectExplained();
      expect(await fleet.entries('dead.letters')).toEqual([]);
    },
    240_000,
  );

  it.runIf(WHOLE).each(['OOX', 'OXX'])(
    '%s with a Position Brain that counts a result once executes every proposal once [I1]',
    async (text) => {
      await create({ guide: { PEER_LEDGER: 'once' } });
      await fleet.startAll(mixOf(text));
      await halve(ROUNDS);
      await expectOnce(2 * ROUNDS);
      await everySymbol(async (symbol) => expect(await fleet.ledger(symbol)).toBeCloseTo(fleet.amount(symbol), 6));
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
  const asking = everySymbol(async (symbol) => {
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
      await create();
      await fleet.startAll(mixOf('XXX'));
      const proposals = await whileAsking([...THERE, ...back], signal, 1);
      await expectOnce(proposals);
      await expectExplained();
      // The old fleet alone: its Apply has pushed our results out of those that its Position Brain looks at.
      const ownResults = async (): Promise<unknown> =>
        (await fleet.entries('apply.result')).slice(-NEWEST_RESULTS).every((result) => result['schema'] === undefined);
      await eventually(ownResults);
      await fleet.replace('position-brain', 'guide', signal);
      await halve(1);
      await expectOnce(proposals + fleet.symbols.length);
      expect(await fleet.entries('dead.letters')).toEqual([]);
    },
    120_000,
  );
});
