import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { AskingStrategy } from '../harness/peers/asking-strategy.js';
import type { Fleet } from '../harness/peers/fleet.js';
import { proposalFields } from '../harness/proposals.js';
import { createFleet, everySymbol, expectExplained, expectOnce, halve, mixOf, WHOLE } from './interchange-support.js';

let fleet: Fleet;
afterEach(() => fleet.close());

/** Asks once more, and waits until the plan has ended without an order. */
async function expectNoMore(): Promise<void> {
  const before = (await fleet.entries('apply.result')).length;
  for (const symbol of fleet.symbols)
    await fleet.redis.hset(`quantum:harvest:proposal:${symbol}`, proposalFields('PARTIAL_75'));
  const ended = async (symbol: string): Promise<boolean> =>
    (await fleet.entries('apply.result'))
      .slice(before)
      .some((result) => result['symbol'] === symbol && result['decision'] === 'BLOCKED');
  await eventually(async () => (await everySymbol(fleet, ended)).every(Boolean), 20_000);
}

describe.runIf(WHOLE)("what the guide's Position Brain does by itself, and no service beside it can repair", () => {
  it.each([
    // It takes the quantity of our result away again at each poll, until nothing is left.
    ['OOX', 0],
    ['OXX', 0],
    // The quantity in an ACK is 0: its ledger stays where it was.
    ['XOX', 200],
    ['XXX', 200],
  ])(
    '%s: each symbol is closed once, then it asks for a ledger by hand; nothing is closed twice',
    async (text, left) => {
      fleet = await createFleet();
      await fleet.startAll(mixOf(text));
      await halve(fleet, 1);
      await eventually(
        async () =>
          (await everySymbol(fleet, (symbol) => fleet.ledger(symbol))).every((amount) => Math.abs(amount) === left),
        20_000,
      );
      await expectNoMore();
      expect(fleet.program('position-brain').stdout).toContain('reason=reconcile_required_qty_mismatch');
      await expectOnce(fleet, 2);
    },
  );

  it('going back by the Position Brain first: it empties the ledger that ours has kept', async () => {
    fleet = await createFleet();
    await fleet.startAll(mixOf('OOO'));
    await halve(fleet, 1);
    await expectExplained(fleet);
    await fleet.replace('position-brain', 'guide');
    await eventually(
      async () => (await everySymbol(fleet, (symbol) => fleet.ledger(symbol))).every((amount) => amount === 0),
      20_000,
    );
    await expectNoMore();
    // Ours takes that amount as written by hand, and asks for a reconcile in its turn.
    await fleet.replace('position-brain', 'ours');
    await expectNoMore();
    expect(fleet.program('position-brain').stdout).toContain('reason=reconcile_required_qty_mismatch');
    await expectOnce(fleet, 2);
  });

  it("an order of the guide's Apply that was killed before its result needs a ledger by hand", async () => {
    fleet = await createFleet();
    await Promise.all([fleet.start('governor', 'ours'), fleet.start('position-brain', 'ours')]);
    const apply = await fleet.start('apply', 'guide', { PEER_DIES: 'after_order' });
    await fleet.redis.hset('quantum:harvest:proposal:BTCUSDT', proposalFields('PARTIAL_50'));
    await apply.ended;
    expect(fleet.exchange.records().orders).toHaveLength(1);
    await fleet.redis.del('quantum:harvest:proposal:BTCUSDT');
    await fleet.start('apply', 'ours');
    const blocked = async (): Promise<boolean> =>
      fleet.program('position-brain').stdout.includes('reason=reconcile_required_qty_mismatch');
    await fleet.redis.hset('quantum:harvest:proposal:BTCUSDT', proposalFields('PARTIAL_50'));
    await eventually(blocked, 30_000);
    expect(fleet.exchange.records().orders).toHaveLength(1);
    await fleet.writeLedger('BTCUSDT', fleet.amount('BTCUSDT'));
    await new AskingStrategy(fleet, 'BTCUSDT').half();
    expect(fleet.exchange.records().orders).toHaveLength(2);
  });
});
