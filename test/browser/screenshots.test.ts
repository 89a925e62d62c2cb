import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { BrowserStage, WITHIN_MS } from './stage.js';

const IMAGES = fileURLToPath(new URL('../../docs/images/', import.meta.url));

/** Not a test of anything: `npm run screenshots` makes the pictures of the documentation with it. */
describe('the pictures of the console', () => {
  let stage: BrowserStage;
  beforeAll(async () => {
    mkdirSync(IMAGES, { recursive: true });
    stage = await BrowserStage.create({ P33_COOLDOWN_SEC: '60' });
  });
  afterAll(() => stage.close());

  it('are made', async () => {
    const page = await stage.signedIn('admin', { viewport: { width: 1180, height: 760 } });
    await stage.propose('BTCUSDT', 'PARTIAL_75');
    await eventually(() => stage.exchange.records().orders[0]?.status === 'FILLED' || undefined, WITHIN_MS);
    stage.exchange.setPosition('ETHUSDT', '0.700', undefined, { silent: true });
    await page.getByText('drift', { exact: true }).waitFor();
    await page.getByText('apply 1/1').waitFor();
    await page.screenshot({ path: `${IMAGES}console-symbols.png` });

    await page.goto(`${stage.url}/#/needs`);
    await page.getByRole('button', { name: 'Reconcile ETHUSDT' }).waitFor();
    await page.screenshot({ path: `${IMAGES}console-needs-you.png`, clip: { x: 0, y: 0, width: 1180, height: 480 } });

    const { data } = await stage.api.GET('/api/v1/plans');
    await page.goto(`${stage.url}/#/plan/${data?.plans[0]?.plan_id}`);
    await page.getByText('+0 ms').waitFor();
    await page.screenshot({ path: `${IMAGES}console-plan.png` });

    // One that is denied, so that the charts have something to show.
    await stage.propose('BTCUSDT', 'FULL_CLOSE_PROPOSED');
    const isCounted = async (): Promise<boolean | undefined> => {
      const { data: history } = await stage.api.GET('/api/v1/history');
      return (history?.total.denied ?? 0) > 0 || undefined;
    };
    await eventually(isCounted, WITHIN_MS);
    await page.goto(`${stage.url}/#/charts`);
    await page.getByText('Closed notional', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'cooldown_in_flight' }).first().waitFor();
    await page.screenshot({ path: `${IMAGES}console-charts.png` });

    const phone = await stage.signedIn('operator', { viewport: { width: 360, height: 640 }, colorScheme: 'dark' });
    await phone.getByText('drift', { exact: true }).waitFor();
    await phone.getByText('apply 1/1').waitFor();
    await phone.screenshot({ path: `${IMAGES}console-phone.png` });
    await phone.getByRole('button', { name: 'Stop trading' }).click();
    await phone.screenshot({ path: `${IMAGES}console-phone-stop.png` });
    expect(stage.complaints).toEqual([]);
  });
});
