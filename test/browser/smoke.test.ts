import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { violationsOf } from './axe.js';
import { BrowserStage, WITHIN_MS } from './stage.js';

const XSS = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>`;
const SCREENS = [
  'symbols',
  'needs',
  'plans',
  'charts',
  'events',
  'audit',
  'streams',
  'letters',
  'fleet',
  'config',
  'reasons/no_position',
];
const IS_WHOLE = process.env['WHOLE_CONSOLE'] === '1';

let stage: BrowserStage;
let admin: Page;
beforeAll(async () => {
  stage = await BrowserStage.create();
  admin = await stage.signedIn('admin');
});
afterAll(() => stage.close());

const show = (page: Page, screen: string): Promise<unknown> => page.goto(`${stage.url}/#/${screen}`);

describe('the console', () => {
  it('signs in by role: a viewer sees everything and is offered no change, a wrong token is refused', async () => {
    const page = await stage.page();
    await page.getByLabel('Token', { exact: true }).fill('a-wrong-token');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('The gate does not know this token').waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await violationsOf(page, ['color-contrast'])).toEqual([]);
    await page.context().close();

    const viewer = await stage.signedIn('viewer');
    await viewer.getByText('viewer-1 (viewer)').waitFor();
    await viewer.getByRole('button', { name: 'Hold BTCUSDT' }).waitFor();
    expect(await viewer.getByRole('button', { name: 'Stop trading' }).isDisabled()).toBe(true);
    expect(await viewer.getByRole('button', { name: 'Hold BTCUSDT' }).isDisabled()).toBe(true);
    await viewer.getByRole('button', { name: 'Sign out' }).click();
    await viewer.getByLabel('Token', { exact: true }).waitFor();
    expect(await viewer.evaluate('fetch("/api/v1/status").then(({ status }) => status)')).toBe(401);
    await viewer.context().close();
  });

  it('follows a plan live to FILLED, and the exchange has its order', async () => {
    await show(admin, 'plans');
    await admin.getByText('No plan matches.').waitFor();
    await admin.getByText('live', { exact: true }).waitFor();
    await stage.propose('BTCUSDT', 'PARTIAL_75');
    await admin.getByRole('cell', { name: 'FILLED' }).waitFor();
    await admin.getByRole('link', { name: /^[0-9a-f]{16}$/ }).click();
    await admin.getByText('+0 ms').waitFor();
    await admin.getByRole('heading', { name: /Governor allow/ }).waitFor();
    const card = (name: RegExp): Locator => admin.getByRole('article').filter({ hasText: name });
    await card(/^Governor/)
      .getByText('0 of 3 (the limit now)')
      .waitFor();
    expect(await card(/^Position Brain/).innerText()).toMatch(/Position in the ledger\s+0\.01\s/);
    const orders = stage.exchange.records().orders;
    expect(orders).toMatchObject([{ symbol: 'BTCUSDT', side: 'SELL', reduceOnly: true, status: 'FILLED' }]);
    await admin
      .getByText(orders[0]?.clientOrderId ?? 'no order', { exact: true })
      .first()
      .waitFor();
  });

  it('engages the kill switch with the keyboard alone, and an admin releases it', async () => {
    const page = await stage.signedIn('operator');
    await page.keyboard.press('Shift+K');
    await page.getByRole('dialog', { name: 'Stop trading' }).waitFor();
    await page.keyboard.type('a drill');
    await page.keyboard.press('Enter');
    await page.getByText('The next button does it.').waitFor();
    expect((await stage.killSwitch()).engaged).toBe(false);
    await page.keyboard.press('Enter');
    await page.getByText('No process starts another order.').waitFor();
    await page
      .getByRole('listitem')
      .filter({ hasText: /e2e.*starts no order any more/ })
      .waitFor();
    expect(await stage.killSwitch()).toMatchObject({ engaged: true, by: 'operator-1', reason: 'a drill' });
    await page.keyboard.press('Escape');
    expect(await page.getByRole('button', { name: 'Release' }).isDisabled()).toBe(true);
    await page.context().close();

    await admin.getByRole('button', { name: 'Release' }).click();
    const dialog = admin.getByRole('dialog', { name: 'Release the kill switch' });
    await dialog.getByLabel('Reason').fill('the drill is over');
    await dialog.getByRole('button', { name: 'Continue' }).click();
    await dialog.getByRole('button', { name: 'Release' }).click();
    await dialog.getByText('The kill switch is released.').waitFor();
    expect(await stage.killSwitch()).toMatchObject({ engaged: false, by: 'admin-1' });
    await dialog.getByRole('button', { name: 'Close' }).click();
    await admin.getByRole('button', { name: 'Stop trading' }).waitFor();
  });

  it('shows as text what a strategy, an operator or a foreign writer has put into any field', async () => {
    const { redis, keys } = stage;
    await stage.propose('ETHUSDT', 'PARTIAL_50', { reason_codes: XSS, proposal_id: XSS, k_ts_drop: XSS });
    await redis.xadd(keys.resultStream(), '*', 'plan_id', XSS, XSS, XSS);
    const body = { reason: XSS };
    await stage.api.PUT('/api/v1/positions/{symbol}/hold', { params: { path: { symbol: 'ETHUSDT' } }, body });
    const seen = async (screen: string): Promise<void> => {
      await show(admin, screen);
      const shown = async (): Promise<boolean> =>
        (await admin.locator('main').innerText()).includes('onerror=') ||
        (await admin.locator('main').textContent())?.includes('onerror=') === true;
      await eventually(shown, WITHIN_MS, () => screen);
      expect(await admin.locator('main img, main script').count()).toBe(0);
    };
    for (const screen of ['letters', 'symbols/ETHUSDT', 'needs', 'audit']) await seen(screen);
    expect(await admin.evaluate('window.hacked')).toBeUndefined();
  });

  it('has no fault that axe finds, on any screen', async () => {
    const { data } = await stage.api.GET('/api/v1/plans');
    const faults: string[] = [];
    const look = async (what: string, page: Page, within?: string, rules?: readonly string[]): Promise<void> => {
      faults.push(...(await violationsOf(page, rules, within)).map((fault) => `${what}: ${fault}`));
    };
    const lookAt = async (screens: readonly string[], rules?: readonly string[]): Promise<void> => {
      for (const screen of screens) {
        await show(admin, screen);
        await admin.getByRole('heading', { level: 1 }).waitFor();
        await admin.getByText('Loading …').first().waitFor({ state: 'detached' });
        await look(screen, admin, undefined, rules);
      }
    };
    const lookAtDialogs = async (rules?: readonly string[]): Promise<void> => {
      await admin.keyboard.press('?');
      await admin.getByRole('dialog', { name: 'Keys' }).waitFor();
      await look('keys', admin, 'dialog', rules);
      await admin.keyboard.press('Escape');
      await admin.keyboard.press('Shift+K');
      await admin.keyboard.type('a drill');
      await look('stop', admin, 'dialog', rules);
      await admin.keyboard.press('Enter');
      await admin.getByText('The next button does it.').waitFor();
      await look('stop, second step', admin, 'dialog', rules);
      await admin.keyboard.press('Escape');
    };
    const screens = [...SCREENS, `plan/${data?.plans[0]?.plan_id}`];
    await lookAt(screens);
    await lookAtDialogs();
    // Between the themes only colours differ. The long run looks at all of them.
    await admin.emulateMedia({ colorScheme: 'dark' });
    await lookAt(IS_WHOLE ? screens : ['symbols', 'charts'], ['color-contrast']);
    if (IS_WHOLE) await lookAtDialogs(['color-contrast']);
    expect(faults).toEqual([]);
  });

  it('has broken no rule of its content security policy, and thrown nothing', () => {
    expect(stage.complaints).toEqual([]);
  });
});
