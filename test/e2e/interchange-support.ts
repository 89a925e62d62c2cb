import { expect } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { AskingStrategy } from '../harness/peers/asking-strategy.js';
import { Fleet, type FleetOptions, type Kind, type Mix } from '../harness/peers/fleet.js';

/** `npm run test:long` runs every mix with twenty proposals, every order of going there and back, and what cannot work. */
export const WHOLE = process.env['EVERY_MIX'] === '1';
const COOLDOWN_SEC = 1;
const SETTINGS = {
  APPLY_POLL_SEC: '0.1',
  P33_POLL_SEC: '0.2',
  P33_COOLDOWN_SEC: String(COOLDOWN_SEC),
  GOV_MAX_EXEC_PER_HOUR: '1000',
  GOV_MAX_EXEC_PER_5MIN: '1000',
  GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD: '1000000',
};
const POSITIONS: Readonly<Record<string, string>> = WHOLE ? { BTCUSDT: '200', ETHUSDT: '-200' } : { BTCUSDT: '200' };

export async function createFleet(options: Partial<FleetOptions> = {}): Promise<Fleet> {
  const fleet = await Fleet.create({ positions: POSITIONS, settings: SETTINGS, ...options });
  await fleet.leaveLedgers();
  return fleet;
}

/** `OXX`: our Apply, the guide's Governor and Position Brain. */
export function mixOf(text: string): Mix {
  const [apply = 'ours', governor = 'ours', brain = 'ours'] = text
    .split('')
    .map((each): Kind => (each === 'O' ? 'ours' : 'guide'));
  return { apply, governor, 'position-brain': brain };
}

export const everySymbol = <T>(fleet: Fleet, each: (symbol: string) => Promise<T>): Promise<T[]> =>
  Promise.all(fleet.symbols.map(each));

/** Every symbol is halved that often, one proposal after the other. */
export async function halve(fleet: Fleet, times: number): Promise<void> {
  await everySymbol(fleet, async (symbol) => {
    const strategy = new AskingStrategy(fleet, symbol);
    for (let round = 0; round < times; round += 1) await strategy.half();
  });
}

/** What the exchange carried out is what the results say, and each order took half of what was there. */
export async function expectOnce(fleet: Fleet, proposals: number): Promise<void> {
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
    let left = Math.abs(Number(POSITIONS[symbol]));
    for (const order of orders.filter((each) => each.symbol === symbol)) {
      expect(Math.abs(Number(order.quantity) - left / 2)).toBeLessThanOrEqual(0.001);
      left -= Number(order.quantity);
    }
  }
}

/** Our Position Brain explains every fill, and the cooldown passed between any two orders of a symbol. */
export async function expectExplained(fleet: Fleet): Promise<void> {
  const agrees = async (symbol: string): Promise<boolean> => (await fleet.ledger(symbol)) === fleet.amount(symbol);
  await eventually(async () => (await everySymbol(fleet, agrees)).every(Boolean));
  for (const symbol of fleet.symbols) {
    const times = fleet.exchange.records().orders.filter((order) => order.symbol === symbol);
    for (const [at, order] of times.slice(1).entries())
      expect(order.acceptedAtMs - (times[at]?.acceptedAtMs ?? 0)).toBeGreaterThanOrEqual(COOLDOWN_SEC * 1_000);
  }
}
