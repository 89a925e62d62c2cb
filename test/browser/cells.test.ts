import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appendToken, newToken } from '../../src/cli/token-file.js';
import { CellSet } from '../harness/cell-set.js';
import { eventually } from '../harness/eventually.js';
import { freePort } from '../harness/ports.js';
import { proposalFields } from '../harness/proposals.js';
import { violationsOf } from './axe.js';
import { launchBrowser, openPage, signIn, WITHIN_MS } from './stage.js';

const NAMES = ['alpha', 'beta'] as const;

let set: CellSet;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

/** At the first cell; its CELLS_FILE names the other, and one that is not there. */
async function signedIn(token: string): Promise<Page> {
  const opened = await openPage(browser, set.cells[0]?.url ?? '', complaints);
  await signIn(opened, token);
  return opened;
}

/** What each cell says of its own switch. */
const switches = (): Promise<unknown[]> =>
  Promise.all(set.cells.map(async (cell) => (await set.call(cell, 'GET', '/kill-switch')).body));
const ordersOf = (): number[] => set.cells.map(({ exchange }) => exchange.records().orders.length);
const propose = async (id: string): Promise<void> => {
  const fields = proposalFields('CLOSE_PCT', { close_pct: '0.2', proposal_id: id });
  await Promise.all(set.cells.map(({ keys }) => set.redis.hset(keys.proposal('BTCUSDT'), fields)));
};

// `npm run test:long` runs it.
describe('the console of a cell that knows others', () => {
  beforeAll(async () => {
    const gone = { name: 'gone', url: `http://127.0.0.1:${await freePort()}`, token_file: 'gone.token' };
    const env = { APPLY_REPEAT_POLICY: 'every_proposal', P33_COOLDOWN_SEC: '0' };
    [set, browser] = await Promise.all([
      CellSet.start({ names: NAMES, positions: { BTCUSDT: '10' }, env, more: [gone] }),
      launchBrowser(),
    ]);
    page = await signedIn(set.cells[0]?.token ?? '');
  });
  afterAll(async () => {
    await browser.close();
    await set.close();
  });

  it('shows all of them, and why one does not answer', async () => {
    await page.getByRole('navigation').getByRole('link', { name: 'Cells' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('l');
    await page.getByRole('heading', { name: 'Cells', level: 1 }).waitFor();
    for (const name of NAMES)
      await page
        .getByRole('row', { name: new RegExp(`^${name} ${name} ready testnet yes released 0 BTCUSDT`) })
        .waitFor();
    await page.getByRole('row', { name: /^gone no answer .*gone\.token.* – – unknown – – –$/ }).waitFor();
    await page.getByText('2 ready', { exact: true }).waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await violationsOf(page)).toEqual([]);
    }
  });

  it('shows a viewer the same, and offers no stop', async () => {
    const file = join(set.folder, 'alpha', 'tokens.json');
    const { token, entry } = newToken('viewer-1', 'viewer');
    appendToken(file, entry);
    const viewer = await signedIn(token);
    await viewer.getByRole('navigation').getByRole('link', { name: 'Cells' }).click();
    await viewer.getByRole('row', { name: /^beta beta ready/ }).waitFor();
    expect(await viewer.getByRole('button', { name: 'Stop all cells' }).isDisabled()).toBe(true);
    await viewer.context().close();
  });

  it('stops all with the keyboard alone, and calls no cell stopped that has not said so', async () => {
    await propose('before');
    await eventually(() => ordersOf().every((count) => count === 1) || undefined, WITHIN_MS, ordersOf);
    await page.getByRole('button', { name: 'Stop all cells' }).focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Stop all cells' });
    await dialog.getByText('all 3 cells').waitFor();
    await page.keyboard.type('a drill');
    await page.keyboard.press('Enter');
    await dialog.getByText('The next button does it.').waitFor();
    expect(await switches()).toMatchObject([{ engaged: false }, { engaged: false }]);
    await page.keyboard.press('Enter');
    await dialog.getByText('It is not certain whether this took effect.').waitFor();
    const says = (name: string, text: string): Promise<void> =>
      dialog.getByRole('listitem').filter({ hasText: name }).filter({ hasText: text }).waitFor();
    for (const name of NAMES) await says(name, 'stopped: it sends no further order');
    await says('gone', 'not certain: no answer');
    await says('gone', 'Its switch cannot be read now.');
    expect(await violationsOf(page, undefined, 'dialog')).toEqual([]);
    const engaged = { engaged: true, by: expect.any(String), reason: 'a drill (all cells, by alpha)' };
    expect(await switches()).toMatchObject([engaged, engaged]);

    set.writeCells();
    await dialog.getByRole('button', { name: 'Send the same request again' }).click();
    await dialog.getByText('Every cell has confirmed it: none sends another order.').waitFor();
    await says('beta', 'engaged already');
    expect(await dialog.getByRole('listitem').count()).toBe(2);
    await page.keyboard.press('Escape');
    await page.getByText('2 stopped', { exact: true }).waitFor();
    expect(await page.getByRole('row', { name: /STOPPED .*a drill/ }).count()).toBe(2);

    await propose('after');
    for (const cell of set.cells)
      await eventually(async () => {
        const { body } = await set.call(cell, 'GET', '/plans');
        return JSON.stringify(body).includes('kill_switch') || undefined;
      }, WITHIN_MS);
    expect(ordersOf()).toEqual([1, 1]);
    expect(complaints).toEqual([]);
  });
});
