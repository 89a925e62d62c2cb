import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { RedisServer } from '../harness/redis-server.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { QUICK, sleep, untilKnown } from './apply-support.js';

const INFO = 30;
/** `npm run test:long` takes a whole minute. */
const LONG = process.env['OUTAGE_OF_A_MINUTE'] === '1';
const FIRST_MS = LONG ? 20_000 : 2_500;
const SECOND_MS = LONG ? 45_000 : 2_500;
/** After an outage of a minute there is also its summary. */
const SUMMARIES = LONG ? 1 : 0;
const HANDFUL = 6;
const DEADLINE_MS = LONG ? 150_000 : 40_000;

/** Lines at info and above. */
function linesOf(gate: Gate, from = 0): string[] {
  return gate.logs.slice(from).flatMap(({ level, msg }) => (Number(level) >= INFO ? [String(msg)] : []));
}

const about = (lines: readonly string[], text: string): string[] => lines.filter((line) => line.startsWith(text));

describe('the log of a process with all roles', () => {
  let server: RedisServer;
  let testEnv: TestEnvironment;
  let gate: Gate;
  beforeAll(async () => {
    server = await new RedisServer({ fsync: 'everysec' }).start();
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } }, server.socketPath);
    // Its own client reports every lost connection.
    testEnv.redis.on('error', () => undefined);
    gate = await testEnv.gate({ env: { ...QUICK, REDIS_URL: `unix://${server.socketPath}` } });
    await untilKnown(testEnv, 'BTCUSDT');
  });
  afterAll(async () => {
    await testEnv.close();
    await server.stop();
  });

  /** The lines of an outage with two parts, of which the second adds none. */
  async function linesDuring(
    parts: readonly (() => unknown)[],
    end: () => unknown,
    back: string,
  ): Promise<readonly string[]> {
    const from = gate.logs.length;
    await parts[0]?.();
    await sleep(FIRST_MS);
    const [early, failures] = [linesOf(gate, from).length, gate.logs.length];
    await parts[1]?.();
    await sleep(SECOND_MS);
    expect(linesOf(gate, from).slice(early)).toHaveLength(SUMMARIES);
    // It went on trying, and failed.
    expect(gate.logs.length).toBeGreaterThan(failures + 5);
    await end();
    const shown = (): string[] => linesOf(gate, from);
    const lines = await eventually(() => (about(shown(), back).length > 0 ? shown() : undefined), 15_000, shown);
    expect(lines.length).toBeLessThanOrEqual(HANDFUL + SUMMARIES);
    expect(new Set(lines).size).toBe(lines.length);
    const took = /after \d+ in ([\d.]+) s$/.exec(about(lines, back)[0] ?? '')?.[1];
    expect(Number(took)).toBeGreaterThan((FIRST_MS + SECOND_MS) / 1_000 - 2);
    return lines;
  }

  it(
    '[K11] has a handful of lines while Redis hangs and is stopped, however long that is, with the setting that names it',
    async () => {
      await testEnv.propose('BTCUSDT', 'HOLD');
      const lines = await linesDuring(
        [() => server.signal('SIGSTOP'), () => server.kill()],
        () => server.start(),
        'Redis answers again',
      );
      const [first = ''] = about(lines, 'Redis does not answer');
      expect(first).toContain('Check that it runs and is reachable, and that REDIS_URL names it');
      const [over = ''] = about(lines, 'Redis answers again');
      expect(Number(/after (\d+) in [\d.]+ s$/.exec(over)?.[1])).toBeGreaterThan(100);
    },
    DEADLINE_MS,
  );

  it(
    '[K11] has a handful of lines while the exchange is away, however long that is, with the setting that names it',
    async () => {
      const { exchange } = testEnv;
      const lines = await linesDuring(
        [() => exchange.addFault({ action: { type: 'loseRequest' }, times: -1 })],
        () => exchange.clearFaults(),
        'The exchange answers again',
      );
      const [first = ''] = about(lines, 'The exchange does not answer');
      expect(first).toContain(`EXCHANGE_REST_URL (now ${exchange.restUrl})`);
    },
    DEADLINE_MS,
  );
});
