import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POSITION_REASONS } from '../../src/flow/0-reasons.js';
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
describe('in the console a person', () => {
  beforeAll(async () => {
    stage = await BrowserStage.create({ GOV_APPROVAL: 'manual', P33_COOLDOWN_SEC: '60' });
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

  it('lists the plans of a time range by asking the gate for it, to the end of the last minute', async () => {
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).search));
    const local = (ms: number): Promise<string> =>
      page.evaluate(
        `(() => { const at = new Date(${ms}); at.setMinutes(at.getMinutes() - at.getTimezoneOffset()); return at.toISOString().slice(0, 16); })()`,
      );
    const { data } = await stage.api.GET('/api/v1/plans');
    const atMs = data?.plans[0]?.published_ms ?? 0;
    await show('plans');
    await page.getByLabel('From').fill(await local(atMs));
    await page.getByLabel('To').fill(await local(atMs));
    await page.getByRole('cell', { name: 'FILLED' }).waitFor();
    const minuteMs = Math.floor(atMs / 60_000) * 60_000;
    const range = `since=${minuteMs}&until=${minuteMs + 59_999}`;
    await expect.poll(() => asked.some((search) => search.includes(range))).toBe(true);
    await page.getByLabel('To').fill(await local(atMs - 3_600_000));
    await page.getByText('must not be before since').waitFor();
    await page.getByLabel('From').fill(await local(atMs - 7_200_000));
    await page.getByText('No plan matches.').waitFor();
  });

  it('follows a reason to what it means, as the page of all reasons says it', async () => {
    await stage.propose('BTCUSDT', 'FULL_CLOSE_PROPOSED');
    await show('plans');
    const reason = page.getByRole('link', { name: 'cooldown_in_flight' }).first();
    await reason.click();
    await page.getByRole('heading', { name: 'Of the Position Brain' }).waitFor();
    const { mark, meaning } = POSITION_REASONS.cooldown_in_flight;
    await page.getByText(meaning, { exact: true }).waitFor();
    expect(await page.locator('main').getByText(mark, { exact: true }).count()).toBe(1);
  });

  it('sees what the process has counted, with the reasons of the denials', async () => {
    await show('charts');
    await page.getByText(/^Counted by the process e2e/).waitFor();
    const { data } = await stage.api.GET('/api/v1/history');
    expect(data?.total).toMatchObject({ claimed: 1, closed_notional_usd: '455.00' });
    const card = (title: string): Locator =>
      page.getByRole('article').filter({ has: page.getByRole('heading', { name: title, exact: true }) });
    await card('Closed notional').getByText('455.00 USD').waitFor();
    await card('Verdicts').getByRole('link', { name: 'cooldown_in_flight' }).waitFor();
    expect(await card('Verdicts').locator('svg rect').count()).toBeGreaterThan(0);
    await card('From publication to claim')
      .getByText(/^1 plan\. Half within \d+ ms/)
      .waitFor();
    await page.getByRole('link', { name: 'Last day' }).click();
    await expect.poll(() => page.url()).toContain('span=day');
  });

  it('skips a backlog, renews a stream that is fine, and finds nothing to claim', async () => {
    await show('streams');
    const result = stage.keys.resultStream();
    await page.getByRole('button', { name: `Skip the backlog of governor in ${result}` }).click();
    await done(await carryOut(/^Skip the backlog of governor/, 'Skip now'), /^\d+ unread entries are left behind/);
    await page.getByRole('button', { name: `Claim the entries of dead consumers of governor in ${result}` }).click();
    await done(await carryOut(/^Claim the entries/, 'Claim now'), 'There was nothing to move.');
    const plans = stage.keys.planStream();
    await page.getByRole('button', { name: `Renew ${plans}` }).click();
    await done(await carryOut(`Renew ${plans}`, 'Renew now'), 'The stream was fine. Nothing was changed.');
    const { data } = await stage.api.GET('/api/v1/audit');
    const noted = ['stream.skip', 'stream.claim', 'stream.renew'].map((action) => {
      const entry = data?.entries.find((each) => each['action'] === action);
      return [entry?.['target'], entry?.['details']];
    });
    expect(noted).toEqual([
      [`${result} governor`, { to: 'latest', force: false }],
      [`${result} governor`, { min_idle_ms: 15_000 }],
      [plans, undefined],
    ]);
  });

  it('is offered none of this as a viewer', async () => {
    const viewer = await stage.signedIn('viewer');
    for (const [screen, name] of [
      ['symbols', 'Flatten all …'],
      ['streams', /^Skip the backlog of governor/],
      ['streams', /^Claim the entries/],
      ['streams', /^Renew /],
    ] as const) {
      await viewer.goto(`${stage.url}/#/${screen}`);
      await viewer.getByRole('button', { name }).first().waitFor();
      expect(await viewer.getByRole('button', { name }).first().isDisabled()).toBe(true);
    }
    await viewer.context().close();
  });

  it('is shown no cells where there is no CELLS_FILE', async () => {
    await show('cells');
    await page.getByText('CELLS_FILE is not set.').waitFor();
    expect(await page.getByRole('button', { name: 'Stop all cells' }).count()).toBe(0);
    expect(await page.getByRole('navigation').getByRole('link', { name: 'Cells' }).count()).toBe(0);
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

  it('flattens every position through the gates', async () => {
    await show('symbols');
    await page.getByRole('button', { name: 'Flatten all …' }).click();
    const dialog = await carryOut('Flatten every position', 'Flatten all now');
    await dialog.getByText('ETHUSDT', { exact: true }).waitFor();
    await dialog.getByText('BTCUSDT', { exact: true }).waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    const { data } = await stage.api.GET('/api/v1/plans', { params: { query: { symbol: 'ETHUSDT' } } });
    expect(data?.plans).toContainEqual(expect.objectContaining({ action: 'FULL_CLOSE_PROPOSED' }));
  });

  it('is told that a stop is not certain when the process dies under it, and sends it again', async () => {
    await page.getByRole('button', { name: 'Stop trading' }).click();
    stage.signalGate('SIGSTOP');
    const dialog = await carryOut('Stop trading', 'Stop trading now');
    await dialog.getByText('Waiting for the answer').waitFor();
    stage.signalGate('SIGKILL');
    await dialog.getByText('It is not certain whether this took effect.').waitFor();
    await dialog.getByText('The gate does not say now whether it is engaged.').waitFor();
    await dialog
      .getByRole('listitem')
      .filter({ hasText: /e2e.*not known yet/ })
      .waitFor();
    await stage.startGate();
    await dialog.getByText('The gate says now: the kill switch is NOT engaged.').waitFor();
    await dialog.getByRole('button', { name: 'Send the same request again' }).click();
    await dialog
      .getByRole('listitem')
      .filter({ hasText: /e2e.*starts no order any more/ })
      .waitFor();
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
    await stage.redis.del(await stage.redis.keys('quantum:api:session:*'));
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

describe('while no Governor runs', () => {
  it('an operator gives its permit by hand, and the order goes out', async () => {
    const alone = await BrowserStage.create({
      ROLES: 'apply,position-brain',
      APPLY_PERMIT_WAIT_MS: '30000',
    });
    try {
      page = await alone.signedIn('operator');
      await alone.propose('BTCUSDT', 'PARTIAL_75');
      const waiting = await eventually(async () => {
        const { data } = await alone.api.GET('/api/v1/plans');
        return data?.plans.find(({ state }) => state === 'WAITING');
      }, WITHIN_MS);
      await page.goto(`${alone.url}/#/plan/${waiting.plan_id}`);
      await page.getByRole('button', { name: 'Permit by hand …' }).click();
      await done(await carryOut(/^The Governor's permit/, 'Permit by hand now'), "has the Governor's permit");
      await page.getByText('Permit by hand', { exact: true }).waitFor();
      await expect.poll(() => alone.exchange.records().orders[0]?.status, { timeout: WITHIN_MS }).toBe('FILLED');
    } finally {
      await alone.close();
    }
  });
});
