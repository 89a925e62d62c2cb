import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { fieldsOf } from '../../src/redis/streams/stream-entry.js';
import { GROUPS } from '../../src/redis/keys/groups.js';
import { type CellOfSet, CellSet } from '../harness/cell-set.js';
import { eventually } from '../harness/eventually.js';
import { HttpDoor, type Moment, MOMENTS } from '../harness/http-door.js';
import { proposalFields } from '../harness/proposals.js';
import { Random } from '../chaos/random.js';
import { QUICK_CELLS } from './cells-support.js';

/** `ROUTER_KILLS=20` in `npm run test:long`. */
const KILLS = Number(process.env['ROUTER_KILLS'] ?? 1);
const SEED = Number(process.env['SEED'] ?? 1);
const PATH = '/api/v1/proposals/strategy';

describe('one stream for all cells', () => {
  let set: CellSet;
  let [router, alpha, beta]: CellOfSet[] = [];
  const doors: HttpDoor[] = [];
  beforeAll(async () => {
    set = await CellSet.start({
      names: ['router', 'alpha', 'beta'],
      positions: { BTCUSDT: '1000' },
      env: { ...QUICK_CELLS, APPLY_PROPOSAL_MAX_AGE_SEC: '20' },
    });
    [router, alpha, beta] = set.cells;
  }, 90_000);
  afterEach(() => set.writeCells());
  afterAll(async () => {
    await Promise.all(doors.map((door) => door.close()));
    await set.close();
  });

  const the = (cell: CellOfSet | undefined): CellOfSet => cell ?? expect.fail('the cells were not started');
  const openDoor = async (cell: CellOfSet | undefined): Promise<HttpDoor> => {
    const door = await HttpDoor.open(the(cell).url, PATH);
    doors.push(door);
    return door;
  };
  /** Writes a proposal as a strategy does, and answers with its `proposal_id`. */
  const propose = async (
    account: string,
    action = 'CLOSE_PCT',
    fields: Readonly<Record<string, string>> = {},
  ): Promise<string> => {
    const id = randomUUID();
    const all = { symbol: 'BTCUSDT', ...proposalFields(action, { close_pct: '0.01', proposal_id: id }), ...fields };
    const flat = Object.entries(account === '' ? all : { account, ...all }).flat();
    await set.redis.xadd(the(router).keys.cellsProposals(), '*', ...flat);
    return id;
  };
  /** The entries in the proposal stream of a cell with this `proposal_id`. */
  const entriesIn = async (cell: CellOfSet, id: string): Promise<number> => {
    const entries = await set.redis.xrange(cell.keys.proposalStream(), '-', '+');
    return entries.filter(([, flat]) => flat.includes(id)).length;
  };
  const ordersOf = ({ exchange }: CellOfSet): number => exchange.records().orders.length;
  const untilHandled = (): Promise<unknown> =>
    eventually(async () => {
      const rows = (await set.redis.xinfo('GROUPS', the(router).keys.cellsProposals())) as unknown[][];
      const [group = {}] = rows.map((row) => fieldsOf(row.map(String)));
      return (group['lag'] === '0' && group['pending'] === '0') || undefined;
    }, 30_000);

  it('each proposal is traded by the cell that owns it, as its strategy’s own', async () => {
    const before = [router, alpha, beta].map((cell) => ordersOf(the(cell)));
    const ids = [await propose('alpha'), await propose('beta')];
    await untilHandled();
    await eventually(() => ordersOf(the(alpha)) + ordersOf(the(beta)) === 2 || undefined, 10_000);
    expect([router, alpha, beta].map((cell, at) => ordersOf(the(cell)) - (before[at] ?? 0))).toEqual([0, 1, 1]);
    expect(await entriesIn(the(alpha), ids[0] ?? '')).toBe(1);
    expect(await entriesIn(the(beta), ids[1] ?? '')).toBe(1);
    const plans = await eventually(async () => {
      const { body } = await set.call(the(beta), 'GET', '/plans?limit=1');
      return body.plans?.[0]?.state === 'FILLED' ? body.plans : undefined;
    }, 10_000);
    const trace = await set.call(the(beta), 'GET', `/plans/${plans[0].plan_id}`);
    expect(JSON.stringify(trace.body)).toContain('"source":"stream"');
    const shown = await set.run('streams', '--cell', 'router', '--json');
    expect(shown.stdout).toContain(the(router).keys.cellsProposals());
  });

  it('a cell that is away delays no other; of what waits for it, the newest is delivered when it is back', async () => {
    const before = [ordersOf(the(alpha)), ordersOf(the(beta))];
    const door = await openDoor(beta);
    door.onPass = () => new Promise(() => undefined);
    set.writeCells([], { beta: door.url });
    const superseded = [await propose('beta', 'FULL_CLOSE_PROPOSED'), await propose('beta', 'FULL_CLOSE_PROPOSED')];
    const withdrawal = await propose('beta', 'HOLD');
    await propose('alpha');
    await eventually(() => ordersOf(the(alpha)) === (before[0] ?? 0) + 1 || undefined, 10_000);
    // The cell is not given up yet.
    expect(the(router).program.stdout).not.toContain('a cell does not take a proposal');
    await the(router).program.until('it is given up', () =>
      the(router).program.stdout.includes('a cell does not take a proposal'),
    );
    door.onPass = () => undefined;
    await untilHandled();
    const delivered = [...superseded, withdrawal].map((id) => entriesIn(the(beta), id));
    expect(await Promise.all(delivered)).toEqual([0, 0, 1]);
    expect(ordersOf(the(beta))).toBe(before[1]);
    const metrics = await (await fetch(`${the(router).url}/metrics`)).text();
    expect(metrics).toContain('cells_proposals_total{cell="beta",outcome="superseded"} 2');
  });

  it('what cannot be delivered is a dead letter with the reason', async () => {
    set.writeCells([
      { name: 'twin', url: 'http://127.0.0.1:9', token_file: 'x', account: 'alpha', symbols: ['ETHUSDT'] },
    ]);
    const old = String(Date.now() / 1_000 - 30);
    await propose('');
    await propose('beta', 'NO_SUCH_ACTION');
    await propose('nobody');
    await propose('alpha', 'CLOSE_PCT', { symbol: 'ETHUSDT' });
    await propose('alpha', 'CLOSE_PCT', { last_update_epoch: old });
    await propose('beta', 'CLOSE_PCT', { symbol: 'XRPUSDT' });
    await untilHandled();
    const { body } = await set.call(the(router), 'GET', '/dead-letters');
    const stream = the(router).keys.cellsProposals();
    const reasons = (body.dead_letters as { stream: string; reason: string }[])
      .filter((letter) => letter.stream === stream)
      .map(({ reason }) => reason)
      .join('\n');
    for (const expected of [
      /^account is missing/m,
      /^unknown_action: harvest_action is "NO_SUCH_ACTION"/m,
      /^no cell of CELLS_FILE owns BTCUSDT of account "nobody"$/m,
      /^by CELLS_FILE several cells own ETHUSDT of account "alpha": alpha, twin$/m,
      /^proposal_stale: \{"age_seconds":3\d/m,
      /^beta refused it: .*not_in_allowlist: XRPUSDT is not in APPLY_ALLOWLIST \(BTCUSDT\)$/m,
    ])
      expect(reasons).toMatch(expected);
    const listed = await set.run('dead-letters', '--cell', 'router', '--json');
    expect(listed.stdout).toContain('no cell of CELLS_FILE owns BTCUSDT');
  });

  it(`its router is killed ${KILLS} ${KILLS === 1 ? 'time' : 'times'} around deliveries: each proposal is in its cell once, and traded once (seed ${SEED})`, async () => {
    const random = new Random(SEED);
    const passed = [await openDoor(alpha), await openDoor(beta)];
    set.writeCells([], { alpha: passed[0]?.url ?? '', beta: passed[1]?.url ?? '' });
    const before = [ordersOf(the(alpha)), ordersOf(the(beta))];
    const ids: [CellOfSet, string][] = [];
    for (let at = 0; at < KILLS; at += 1) {
      const moments: Moment[] = at === 0 ? ['answered', 'before'] : passed.map(() => random.pick(MOMENTS));
      let isKilled = false;
      const held = passed.map(
        (door, index) =>
          new Promise<void>((isHeld) => {
            door.onPass = async (moment) => {
              if (isKilled || moment !== moments[index]) return;
              isHeld();
              await killed;
              if (moment === 'before') throw new Error('the request was lost with its sender');
            };
          }),
      );
      const kill = async (): Promise<void> => {
        await Promise.all(held);
        isKilled = true;
        await the(router).program.stop('SIGKILL');
      };
      const killed = kill();
      ids.push([the(alpha), await propose('alpha')], [the(beta), await propose('beta')]);
      await killed;
      const names = Object.values(GROUPS).map((group) => the(router).keys.lease(group, 'router'));
      await set.redis.del(...names);
      await set.serve(the(router));
      await untilHandled();
      const orders = (): number[] => [ordersOf(the(alpha)) - (before[0] ?? 0), ordersOf(the(beta)) - (before[1] ?? 0)];
      await eventually(
        () => orders().every((count) => count >= at + 1) || undefined,
        10_000,
        () => [moments, orders()],
      );
      expect(orders(), `kill ${at}, ${moments.join(', ')}`).toEqual([at + 1, at + 1]);
    }
    for (const [cell, id] of ids) expect(await entriesIn(cell, id), `${cell.name} ${id}`).toBe(1);
  }, 600_000);
});
