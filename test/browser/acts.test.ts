import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { BrowserStage, WITHIN_MS } from './stage.js';

const PLAN = 'aaaaaaaaaaaaaaaa';

let stage: BrowserStage;
let page: Page;
const show = (screen: string): Promise<unknown> => page.goto(`${stage.url}/#/${screen}`);

/** Both steps of the open dialog. */
async function carryOut(title: string | RegExp, confirm: string): Promise<Locator> {
  const dialog = page.getByRole('dialog', { name: title });
  await dialog.getByLabel('Reason').fill('a drill');
  await dialog.getByRole('button', { name: 'Continue' }).click();
  await dialog.getByRole('button', { name: confirm }).click();
  return dialog;
}

async function done(dialog: Locator, says: string | RegExp): Promise<void> {
  await dialog.getByText(says).waitFor();
  await dialog.getByRole('button', { name: 'Close' }).click();
}

// `npm run test:long` runs it; the smoke test is for every run.
describe.runIf(process.env['WHOLE_CONSOLE'] === '1')('in the console a person', () => {
  beforeAll(async () => {
    stage = await BrowserStage.create({ GOV_APPROVAL: 'manual' });
    page = await stage.signedIn('admin');
  });
  afterAll(() => stage.close());

  it('sees the symbols within a second of opening the page', async () => {
    await page.goto('about:blank');
    await show('symbols');
    await page.getByRole('heading', { name: 'BTCUSDT' }).waitFor();
    expect(await page.evaluate<number>('performance.now()')).toBeLessThan(1_000);
  });

  it('approves a plan that waits, and sees it filled', async () => {
    await show('needs');
    await stage.propose('BTCUSDT', 'PARTIAL_75');
    await page.getByRole('button', { name: 'Approve' }).click();
    expect(stage.exchange.records().orders).toEqual([]);
    await done(await carryOut(/^Approve PARTIAL_75/, 'Approve now'), 'its next attempt is published now');
    await eventually(() => stage.exchange.records().orders[0]?.status === 'FILLED' || undefined, WITHIN_MS);
    await show('plans');
    await page.getByRole('cell', { name: 'FILLED' }).waitFor();
    const { data } = await stage.api.GET('/api/v1/plans');
    expect(data?.plans).toMatchObject([{ symbol: 'BTCUSDT', state: 'FILLED', executed: true }]);
  });

  it('reconciles a drift with the amount seen, and is refused with another', async () => {
    stage.exchange.setPosition('ETHUSDT', '0.700', undefined, { silent: true });
    await show('symbols/ETHUSDT');
    const reconcile = page.getByRole('button', { name: 'Reconcile ETHUSDT' });
    await page.getByText('drift', { exact: true }).waitFor();
    await reconcile.click();
    await page.getByLabel('Amount you saw at the exchange').fill('0.600');
    const refused = await carryOut('Reconcile ETHUSDT', 'Reconcile now');
    await refused.getByText('Refused. Nothing was changed.').waitFor();
    await refused.getByRole('button', { name: 'Close' }).click();
    expect((await stage.position('ETHUSDT')).ledger.last_known_amt).toBe('0.5');
    await reconcile.click();
    await done(await carryOut('Reconcile ETHUSDT', 'Reconcile now'), 'The ledger says 0.7 now.');
    expect(await stage.position('ETHUSDT')).toMatchObject({
      ledger: { last_known_amt: '0.7' },
      drift: { agrees: true },
    });
  });

  it('holds a symbol and lifts the hold', async () => {
    await page.getByRole('button', { name: 'Hold ETHUSDT' }).click();
    await done(await carryOut('Hold ETHUSDT', 'Hold now'), 'The symbol is on hold.');
    expect((await stage.position('ETHUSDT')).hold).toMatchObject({ by: 'admin-1', reason: 'a drill' });
    await show('needs');
    await page.getByRole('button', { name: 'Lift hold of ETHUSDT' }).click();
    await done(await carryOut('Lift hold of ETHUSDT', 'Lift hold now'), 'The hold is lifted.');
    expect((await stage.position('ETHUSDT')).hold).toBeNull();
  });

  it('settles an order of unknown outcome', async () => {
    const plan = { plan_id: PLAN, symbol: 'BTCUSDT', action: 'UPDATE_SL', kill_score: '0.5', decision: 'EXECUTE' };
    const steps = '[{"step":"UPDATE_SL","type":"stop_loss_order","price":60000}]';
    const times = { published_ms: 1_000, deadline_ms: 2_200, claimed_ms: 1_100, accept_until_ms: 3_200 };
    const order = {
      ...plan,
      state: 'UNKNOWN',
      attempt: 1,
      mode: 'testnet',
      side: 'SELL',
      quantity: '',
      client_order_id: `pg-${PLAN}-0-1`,
    };
    await stage.redis.hset(stage.keys.journal(PLAN), {
      ...times,
      ...order,
      plan: JSON.stringify(Object.entries({ ...plan, steps }).flat()),
    });
    await show(`plan/${PLAN}`);
    await page.getByRole('button', { name: 'Settle …' }).click();
    await page.getByLabel('Outcome').selectOption('placed');
    await done(await carryOut(/^Settle the unknown order/, 'Settle now'), 'The order is settled: PLACED.');
    const { data } = await stage.api.GET('/api/v1/plans/{planId}', { params: { path: { planId: PLAN } } });
    expect(data).toMatchObject({ state: 'PLACED' });
    expect(stage.exchange.records().orders).toHaveLength(1);
  });

  it('discards a dead letter', async () => {
    await stage.redis.xadd(stage.keys.resultStream(), '*', 'hello', 'world');
    await show('letters');
    await page.getByRole('button', { name: 'Discard' }).first().click();
    await done(await carryOut('Discard the dead letter', 'Discard now'), 'The dead letter is discarded.');
    const { data } = await stage.api.GET('/api/v1/dead-letters');
    expect(data?.dead_letters.map(({ settled }) => settled?.outcome)).toContain('discarded');
  });

  it('is told that a stop is not certain when the process dies under it, and sends it again', async () => {
    await page.getByRole('button', { name: 'Stop trading' }).click();
    stage.signalGate('SIGSTOP');
    const dialog = await carryOut('Stop trading', 'Stop trading now');
    await dialog.getByText('Waiting for the answer').waitFor();
    stage.signalGate('SIGKILL');
    await dialog.getByText('It is not certain whether this took effect.').waitFor();
    await dialog.getByText('The gate does not say now whether it is engaged.').waitFor();
    await stage.startGate();
    await dialog.getByText('The gate says now: the kill switch is NOT engaged.').waitFor();
    await dialog.getByRole('button', { name: 'Send the same request again' }).click();
    await done(dialog, 'No process starts another order.');
    expect(await stage.killSwitch()).toMatchObject({ engaged: true, by: 'admin-1', reason: 'a drill' });
  });

  it('is told when the gate does not answer, and goes on in the same session when it does', async () => {
    await show('symbols');
    await stage.stopGate();
    await page.getByText(/^The gate has not answered for/).waitFor();
    await page.getByText('The kill switch cannot be read').waitFor();
    await stage.startGate();
    await page.getByText(/^The gate has not answered for/).waitFor({ state: 'detached' });
    await page.getByText(/as of \d s ago/).waitFor();
    await page.getByText('live', { exact: true }).waitFor();
    expect(await page.getByText('admin-1 (admin)').count()).toBe(1);
  });

  it('is told in words that Redis does not answer, and goes on when it does', async () => {
    stage.deployment.redis.signal('SIGSTOP');
    await page.getByText('The kill switch cannot be read').waitFor();
    await page.locator('main').getByText('Redis is unavailable').waitFor();
    stage.deployment.redis.signal('SIGCONT');
    await page.getByText('The kill switch cannot be read').waitFor({ state: 'detached' });
    await expect.poll(() => page.locator('main .note.bad').count(), { timeout: WITHIN_MS }).toBe(0);
  });

  it('is asked to sign in again when the session has ended', async () => {
    const [session = 'none'] = await stage.redis.keys('quantum:api:session:*');
    await stage.redis.del(session);
    await page.getByLabel('Token', { exact: true }).waitFor();
    expect(await page.getByText('BTCUSDT').count()).toBe(0);
  });

  it('sees no page that hangs at ten events a second', async () => {
    page = await stage.signedIn('admin');
    await show('events');
    await page.getByText('live', { exact: true }).waitFor();
    await page.evaluate(
      'window.tasks = []; new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => tasks.push(duration))).observe({ type: "longtask" })',
    );
    for (let sent = 0; sent < 60; sent++) {
      const context = JSON.stringify({ symbol: 'ETHUSDT', actor: `hand-${sent}` });
      await stage.redis.xadd(stage.keys.governorEvents(), '*', 'event', 'HOLD', 'reason', 'x', 'context', context);
      await page.waitForTimeout(100);
    }
    await page.getByText('hand-59').waitFor();
    const tasks = await page.evaluate<number[]>('tasks');
    expect(tasks.filter((ms) => ms > 100)).toEqual([]);
    expect(stage.complaints).toEqual([]);
  });
});
