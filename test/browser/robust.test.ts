import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { BrowserStage, WITHIN_MS } from './stage.js';

const XSS = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>`;
const PLAN = 'bbbbbbbbbbbbbbbb';

/** Moves the clock of the page: `setShift` is called in it at any time. */
const SHIFTED_CLOCK = `{
  const Real = Date;
  let shiftMs = Number(sessionStorage.getItem('shift') ?? 0);
  globalThis.setShift = (ms) => { shiftMs = ms; sessionStorage.setItem('shift', String(ms)); };
  globalThis.Date = class extends Real {
    constructor(...given) { given.length === 0 ? super(Real.now() + shiftMs) : super(...given); }
    static now() { return Real.now() + shiftMs; }
  };
}`;

let stage: BrowserStage;
let page: Page;
const show = (screen: string): Promise<unknown> => page.goto(`${stage.url}/#/${screen}`);
const ageSec = async (): Promise<number> =>
  Number(/as of (\d+) s ago/.exec(await page.locator('.age').innerText())?.[1]);

// `npm run test:long` runs it.
describe('the console says what is true', () => {
  beforeAll(async () => {
    stage = await BrowserStage.create();
  });
  afterAll(() => stage.close());

  it('while the gate stands still for 10 s, and goes on when it does', async () => {
    page = await stage.signedIn('admin');
    await page.getByText('live', { exact: true }).waitFor();
    const before = (await stage.position('BTCUSDT')).snapshot?.ts_ms ?? 0;
    stage.signalGate('SIGSTOP');
    const stoppedMs = performance.now();
    await page.getByText(/^The gate has not answered for/).waitFor();
    const shown = await ageSec();
    expect(Math.abs(shown - (performance.now() - stoppedMs) / 1_000)).toBeLessThan(4);
    await page.getByText('no answer', { exact: true }).waitFor();
    expect(await page.getByText('live', { exact: true }).count()).toBe(0);
    await page.getByText('The kill switch cannot be read').waitFor();
    stage.signalGate('SIGCONT');
    await page.getByText(/^The gate has not answered for/).waitFor({ state: 'detached' });
    await page.getByText('live', { exact: true }).waitFor();
    await eventually(async () => (await stage.position('BTCUSDT')).snapshot?.ts_ms !== before || undefined, WITHIN_MS);
    await expect.poll(() => page.locator('.stale').count(), { timeout: WITHIN_MS }).toBe(0);
    await page.context().close();
  });

  it('where the clock of the browser is an hour ahead, is set back in between, and the gate stops then', async () => {
    page = await stage.page();
    await page.context().addInitScript(SHIFTED_CLOCK);
    await page.evaluate(`sessionStorage.setItem('shift', '3600000')`);
    await page.reload();
    await page.getByLabel('Token', { exact: true }).fill(stage.tokens.admin);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText(/The clock of this browser is (59|60) min ahead of the gate's/).waitFor();
    await expect.poll(ageSec, { timeout: WITHIN_MS }).toBeLessThan(6);
    // By the clock of the gate, as everything that an answer names.
    const read = page
      .locator('.amounts')
      .first()
      .getByText(/^read \d+ s ago$/);
    await read.waitFor();
    expect(Number(/\d+/.exec(await read.innerText())?.[0])).toBeLessThan(15);

    await page.evaluate('setShift(-3600000)');
    await page.getByText(/The clock of this browser is (59|60) min behind the gate's/).waitFor();
    await expect.poll(ageSec, { timeout: WITHIN_MS }).toBeLessThan(6);

    // Set back again while nothing answers: what is shown does not become young.
    await stage.stopGate();
    await page.evaluate('setShift(-7200000)');
    await page.getByText(/^The gate has not answered for \d+ s/).waitFor();
    expect(await ageSec()).toBeGreaterThanOrEqual(10);
    await stage.startGate();
    await page.getByText(/^The gate has not answered for/).waitFor({ state: 'detached' });
    await page.context().close();
  });

  it('on a phone, whose header does not move when the first answer comes', async () => {
    page = await stage.signedIn('viewer', { viewport: { width: 360, height: 740 } });
    let answer = (): void => undefined;
    const held = new Promise<void>((resolve) => (answer = resolve));
    await page.route('**/api/v1/status', async (route) => {
      await held;
      await route.continue();
    });
    await page.reload();
    await page.locator('.age').getByText('not read yet').waitFor();
    const [header, lights] = [page.locator('header'), page.locator('.lights')];
    const before = await Promise.all([header.boundingBox(), lights.boundingBox()]);
    answer();
    await page.getByText('apply 1/1').waitFor();
    expect(await Promise.all([header.boundingBox(), lights.boundingBox()])).toEqual(before);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(360);
    await page.context().close();
  });

  it('as text, whatever a role, a foreign service or the exchange has written', async () => {
    const { redis, keys, exchange } = stage;
    page = await stage.signedIn('admin');
    await redis.xgroup('CREATECONSUMER', keys.planStream(), 'p33', XSS);
    await redis.hset(keys.journal(PLAN), {
      plan_id: PLAN,
      symbol: 'BTCUSDT',
      action: XSS,
      state: 'FILLED',
      decision: XSS,
      attempt: '1',
      mode: 'testnet',
      owner: XSS,
      side: XSS,
      quantity: XSS,
      client_order_id: XSS,
      published_ms: '1000',
      deadline_ms: '2200',
      ended_ms: '1500',
      plan: JSON.stringify(Object.entries({ plan_id: PLAN, symbol: 'BTCUSDT', reason_codes: XSS }).flat()),
      result: JSON.stringify(
        Object.entries({
          decision: XSS,
          error: XSS,
          reason: XSS,
          state: XSS,
          steps_results: JSON.stringify([
            { step: XSS, status: XSS, order_id: XSS, details: { evidence: { [XSS]: XSS } } },
          ]),
        }).flat(),
      ),
    });
    const verdict = JSON.stringify({ allow: false, reason: XSS, created_at: 1, context: { detail: XSS, cause: XSS } });
    const steps = [
      { step: XSS, attempt: 1, at_ms: 1_000, detail: XSS, by: XSS, reason: XSS, entry: XSS, error: XSS, [XSS]: XSS },
      { step: 'claimed', attempt: 1, at_ms: 1_100, p33: verdict, governor: verdict, side: XSS, client_order_id: XSS },
    ];
    await redis.rpush(keys.trace(PLAN), ...steps.map((step) => JSON.stringify(step)));
    const context = JSON.stringify({ symbol: XSS, actor: XSS, detail: XSS });
    await show('events');
    await page.getByText('live', { exact: true }).waitFor();
    await redis.xadd(keys.governorEvents(), '*', 'event', 'HOLD', 'reason', XSS, 'context', context);
    exchange.addFault({
      match: { method: 'POST', path: '/order' },
      action: { type: 'status', status: 400, code: -2019, msg: XSS },
    });
    await stage.propose('ETHUSDT', 'PARTIAL_50');
    const rejected = await eventually(async () => {
      const { data } = await stage.api.GET('/api/v1/plans', { params: { query: { symbol: 'ETHUSDT' } } });
      return data?.plans.find(({ state }) => state === 'REJECTED');
    }, WITHIN_MS);
    for (const screen of [
      'events',
      'streams',
      `plan/${PLAN}`,
      `plan/${rejected.plan_id}`,
      'plans',
      'symbols/ETHUSDT',
    ]) {
      await show(screen);
      const main = page.locator('main');
      await eventually(
        async () => (await main.textContent())?.includes('onerror=') === true || undefined,
        WITHIN_MS,
        () => screen,
      );
      expect(await page.locator('main img, main script').count()).toBe(0);
    }
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    expect(stage.complaints).toEqual([]);
    await page.context().close();
  });
});
