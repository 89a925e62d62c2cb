import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CellSet, type CellOfSet } from '../harness/cell-set.js';
import { isReady } from '../harness/readiness.js';
import { RedisCluster } from '../harness/redis-cluster.js';
import { QUICK_CELLS } from './cells-support.js';
import { StreamLoad } from './cells-stream-load.js';

/** `SLOT_MOVES=6` in `npm run test:long`. */
const MOVES = Number(process.env['SLOT_MOVES'] ?? 0);
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'];
const LOOK_EVERY_MS = 100;
/** A cell whose slot moved waits for so long, as after a failover; 30 s by default. */
const PROOF_SEC = '6';
/** An order that was on its way would have arrived by then. */
const AFTER_STOP_MS = 3_000;

describe.runIf(MOVES > 0)('three cells on a Redis Cluster, each by its hash tag on a node of its own', () => {
  let cluster: RedisCluster;
  let set: CellSet;
  let redis: Cluster;
  beforeAll(async () => {
    cluster = await RedisCluster.start();
    const names = await Promise.all([0, 1, 2].map((at) => nameOn(at)));
    redis = new Cluster(
      cluster.ports.map((port) => ({ host: '127.0.0.1', port })),
      { redisOptions: { disableClientInfo: true } },
    );
    set = await CellSet.start({
      names,
      positions: Object.fromEntries(SYMBOLS.map((symbol) => [symbol, '100000'])),
      env: { ...QUICK_CELLS, EXCHANGE_RECV_WINDOW_MS: '5000', EXCHANGE_UNKNOWN_PROOF_SEC: PROOF_SEC },
      redis: {
        variables: { REDIS_CLUSTER_NODES: cluster.addresses.join(','), REDIS_MIN_REPLICAS: '1' },
        client: redis,
      },
    });
  }, 120_000);
  afterAll(async () => {
    await set.close();
    await cluster.stop();
  });

  /** A cell whose slot belongs to that node. */
  async function nameOn(at: number): Promise<string> {
    for (let n = 0; ; n += 1) if ((await cluster.ownerOf(`{cell-${n}}:`)) === at) return `cell-${n}`;
  }

  it(`one slot moves ${MOVES} times while proposals flow: no order is lost or doubled, no other cell is disturbed, and one call stops all [K9]`, async () => {
    const [moved, ...others] = set.cells as [CellOfSet, ...CellOfSet[]];
    const start = (): StreamLoad[] => set.cells.map((cell) => new StreamLoad(redis, cell, SYMBOLS));
    const [ofMoved, ...ofOthers] = start() as [StreamLoad, ...StreamLoad[]];
    const watch = watchReadiness(others);
    const pausesMs: number[] = [];
    const longestMs: number[] = [];
    await Promise.all([ofMoved, ...ofOthers].map((load) => load.untilTrades(SYMBOLS.length)));
    for (let at = 1; at <= MOVES; at += 1) {
      const to = at % set.cells.length;
      await cluster.moveSlot(moved.keys.proposalStream(), to);
      const [paused, ...undisturbed] = await Promise.all([
        ofMoved.untilTrades(2 * SYMBOLS.length),
        ...ofOthers.map((load) => load.untilTrades(SYMBOLS.length)),
      ]);
      expect(await cluster.ownerOf(moved.keys.proposalStream())).toBe(to);
      pausesMs.push(Math.round(paused));
      longestMs.push(Math.round(Math.max(...undisturbed)));
    }
    await Promise.all([ofMoved, ...ofOthers].map((load) => load.stop()));
    const unready = await watch.end();
    process.stdout.write(
      `${MOVES} moves of a slot: its cell traded again after ${pausesMs.join(', ')} ms, the others after ${longestMs.join(', ')} ms; ` +
        `orders: ${set.cells.map((cell) => `${cell.name} ${ordersOf(cell).length}`).join(', ')}; ` +
        `refused in its cell: ${[...ofMoved.plans.values()].flatMap(({ executed, reason }) => (executed > 0 ? [] : [reason])).join(', ')}\n`,
    );
    for (const { cell, plans } of [ofMoved, ...ofOthers]) {
      const all = [...plans.values()];
      const carriedOut = all.filter(({ executed }) => executed > 0).length;
      expect(all.filter(({ executed }) => executed > 1)).toEqual([]);
      expect(ordersOf(cell), cell.name).toHaveLength(carriedOut);
      expect(new Set(ordersOf(cell)).size, cell.name).toBe(carriedOut);
      // Only where Redis did not answer may a plan be refused for the last time, with its reason.
      const refused = all.filter(({ executed }) => executed === 0);
      expect(cell === moved ? [] : refused, cell.name).toEqual([]);
    }
    expect(unready).toEqual([]);
    for (const { name, program } of others)
      expect(program.stdout + program.stderr, name).not.toContain('Redis was restarted');
    expect(moved.program.stdout + moved.program.stderr).toContain('Redis was restarted');

    const loads = start();
    await Promise.all(loads.map((load) => load.untilTrades(1)));
    const answer = await set.call(moved, 'PUT', '/cells/kill-switch', { engaged: true, reason: 'after the moves' });
    const counts = set.cells.map((cell) => ordersOf(cell).length);
    expect(answer).toMatchObject({ status: 200, body: { all_stopped: true } });
    expect(answer.body.cells).toMatchObject(set.cells.map(({ name }) => ({ name, state: 'stopped', text: '' })));
    await sleep(AFTER_STOP_MS);
    expect(set.cells.map((cell) => ordersOf(cell).length)).toEqual(counts);
    await Promise.all(loads.map((load) => load.stop(true)));
  }, 600_000);
});

/** The ids of all orders that the exchange accepted. */
const ordersOf = ({ exchange }: CellOfSet): readonly string[] =>
  exchange.records().orders.map(({ clientOrderId }) => clientOrderId);

/** Asks cells all the time whether they are ready; ends with the answers that were no. */
function watchReadiness(cells: readonly CellOfSet[]): { end(): Promise<readonly string[]> } {
  const ending = new AbortController();
  const unready: string[] = [];
  const watching = (async (): Promise<void> => {
    for (; !ending.signal.aborted; await sleep(LOOK_EVERY_MS))
      for (const { name, url } of cells) if (!(await isReady(url))) unready.push(name);
  })();
  return {
    end: async () => {
      ending.abort();
      await watching;
      return unready;
    },
  };
}
