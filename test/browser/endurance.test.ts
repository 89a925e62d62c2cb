import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BrowserStage } from './stage.js';

const MINUTES = Number(process.env['CONSOLE_MINUTES'] ?? 10);
const EVERY_MS = 20;
/** Until the list of events is full, and what is read once is read. */
const WARM_UP_MS = 20_000;
const MOST_GROWTH_BYTES = 2_000_000;

let stage: BrowserStage;

// `npm run test:long` runs it; CONSOLE_MINUTES=1 is its short form.
describe('the console at fifty events a second', () => {
  beforeAll(async () => {
    stage = await BrowserStage.create();
  });
  afterAll(() => stage.close());

  it(
    'has no task over 100 ms, and needs no more memory at the end than at the beginning',
    async () => {
      const page = await stage.signedIn('admin');
      await page.goto(`${stage.url}/#/events`);
      await page.getByText('live', { exact: true }).waitFor();
      const session = await page.context().newCDPSession(page);
      await session.send('HeapProfiler.enable');
      const heapBytes = async (): Promise<number> => {
        await session.send('HeapProfiler.collectGarbage');
        return (await session.send('Runtime.getHeapUsage')).usedSize;
      };
      let sent = 0;
      const sendFor = async (ms: number): Promise<void> => {
        const [fromMs, from] = [performance.now(), sent];
        while (performance.now() - fromMs < ms) {
          const due = Math.floor((performance.now() - fromMs) / EVERY_MS) - (sent - from);
          for (let at = 0; at < due; at++) {
            const context = JSON.stringify({ symbol: 'ETHUSDT', actor: `hand-${++sent}` });
            void stage.redis.xadd(stage.keys.governorEvents(), '*', 'event', 'HOLD', 'reason', 'x', 'context', context);
          }
          await page.waitForTimeout(EVERY_MS);
        }
      };
      await sendFor(WARM_UP_MS);
      const before = await heapBytes();
      // Collecting garbage is a long task of its own, so that they are counted between the two.
      await page.evaluate(
        'window.tasks = []; window.watch = new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => tasks.push(duration))); watch.observe({ type: "longtask" })',
      );
      await sendFor(MINUTES * 60_000);
      await page.getByText(`hand-${sent}`).waitFor();
      const tasks = await page.evaluate<number[]>('watch.disconnect(); tasks');
      const after = await heapBytes();
      console.log(
        `heap: ${before} bytes before, ${after} after ${MINUTES} min and ${sent} events; longest task ${Math.max(0, ...tasks)} ms`,
      );
      expect(tasks.filter((ms) => ms > 100)).toEqual([]);
      expect(after - before).toBeLessThan(MOST_GROWTH_BYTES);
      expect(stage.complaints).toEqual([]);
    },
    (MINUTES + 3) * 60_000,
  );
});
