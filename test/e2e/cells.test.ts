import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { signal } from '../harness/child-processes.js';
import { CellSet, type CellOfSet } from '../harness/cell-set.js';
import { eventually } from '../harness/eventually.js';
import { proposalFields } from '../harness/proposals.js';
import { freePort } from '../harness/ports.js';
import { CellLoad, QUICK_CELLS } from './cells-support.js';

/** `CELL_STOPS=100` in `npm run test:long`. */
const ENGAGEMENTS = Number(process.env['CELL_STOPS'] ?? 1);
const NAMES = ['alpha', 'beta', 'gamma'] as const;

describe('three cells with one CELLS_FILE', () => {
  let set: CellSet;
  let alpha: CellOfSet;
  let beta: CellOfSet;
  let gamma: CellOfSet;
  beforeAll(async () => {
    set = await CellSet.start({ names: NAMES, positions: { BTCUSDT: '1000' }, env: QUICK_CELLS });
    [alpha, beta, gamma] = set.cells as [CellOfSet, CellOfSet, CellOfSet];
  }, 90_000);
  afterAll(() => set.close());
  /** Each test starts with cells that trade, and with nothing else in CELLS_FILE. */
  beforeEach(() => set.reset(), 60_000);

  const engage = { engaged: true, reason: 'a drill' };
  const statesOf = (cells: readonly { name: string; state: string }[]): Record<string, string> =>
    Object.fromEntries(cells.map(({ name, state }) => [name, state]));
  /** Of the cells themselves, not of an answer about them. */
  const engaged = async (): Promise<boolean[]> =>
    Promise.all(set.cells.map(async (cell) => (await set.call(cell, 'GET', '/kill-switch')).body.engaged as boolean));

  it('are shown together by each of them and by the command line; a name that is none of theirs is refused', async () => {
    const shown = await eventually(async () => {
      const { status, body } = await set.call(alpha, 'GET', '/cells');
      expect(status).toBe(200);
      return body.all_ready === true ? body : undefined;
    }, 20_000);
    expect(shown).toMatchObject({ conflicts: [], needs_you: 0 });
    expect(shown.cells).toMatchObject(
      NAMES.map((name) => ({
        name,
        account: name,
        state: 'ready',
        text: '',
        mode: 'testnet',
        armed: true,
        kill_switch: { engaged: false },
        needs_you: 0,
        key_prefix: `{${name}}:`,
        symbols: ['BTCUSDT'],
        last_answer_ms: expect.any(Number),
      })),
    );
    const accounts = (shown.cells as { account_id: string }[]).map(({ account_id }) => account_id);
    expect(new Set(accounts).size).toBe(3);
    expect(JSON.stringify(shown)).not.toContain(alpha.token);
    const [listed, wrong] = await Promise.all([set.run('cells'), set.run('plans', '--cell', 'delta')]);
    expect(listed).toMatchObject({ code: 0, stderr: '' });
    for (const name of NAMES)
      expect(listed.stdout).toMatch(new RegExp(`^${name} +ready +testnet +yes +released +0 +BTCUSDT$`, 'm'));
    expect(wrong).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no cell "delta"; it has alpha, beta, gamma'),
    });
  });

  it('take proposals by account and symbol: one that nobody owns, or two, is refused with the reason', async () => {
    const route = (account: string, symbol = 'BTCUSDT') =>
      set.call(alpha, 'POST', '/cells/proposals', {
        account,
        symbol,
        ...proposalFields('CLOSE_PCT', { close_pct: '0.1' }),
      });
    const ordersOf = ({ exchange }: CellOfSet): number => exchange.records().orders.length;
    const before = set.cells.map(ordersOf);
    const orders = (): number[] => set.cells.map((cell, at) => ordersOf(cell) - (before[at] ?? 0));
    expect(await route('beta')).toMatchObject({ status: 200, body: { cell: 'beta', decision: 'EXECUTE' } });
    await eventually(() => (orders()[1] === 1 ? true : undefined), 10_000);
    expect(await route('nobody')).toMatchObject({
      status: 404,
      body: {
        type: 'urn:permit-gate:problem:cell-unknown',
        detail: expect.stringContaining('BTCUSDT of account "nobody"'),
      },
    });
    set.writeCells([
      { name: 'twin', url: 'http://127.0.0.1:9', token_file: 'x', account: 'beta', symbols: ['BTCUSDT'] },
    ]);
    expect(await route('beta')).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('beta, twin own') },
    });
    expect(await route('beta', 'ETHUSDT')).toMatchObject({ status: 200, body: { cell: 'beta', decision: 'SKIP' } });
    set.writeCells([
      { name: 'gone', url: `http://127.0.0.1:${await freePort()}`, token_file: alpha.tokenFile, account: 'gone' },
    ]);
    expect(await route('gone')).toMatchObject({ status: 503, body: { type: 'urn:permit-gate:problem:cell-silent' } });
    expect(orders()).toEqual([0, 1, 0]);
  });

  it('one hangs, one refuses the token, one is not there: each is named with its reason, in the time that one may take [K9]', async () => {
    const unreachable = `http://127.0.0.1:${await freePort()}`;
    set.writeCells([{ name: 'delta', url: unreachable, token_file: alpha.tokenFile }]);
    writeFileSync(gamma.tokenFile, 'a-token-of-somebody-else', { mode: 0o600 });
    signal(beta.program.child, 'SIGSTOP');
    const startedMs = performance.now();
    const shown = set
      .call(alpha, 'GET', '/cells')
      .then((answer) => ({ ...answer, tookMs: performance.now() - startedMs }));
    const [read, listed, [stopped, stopTookMs], killed] = await Promise.all([
      shown,
      set.run('cells', '--json'),
      set
        .call(alpha, 'PUT', '/cells/kill-switch', engage)
        .then((answer) => [answer, performance.now() - startedMs] as const),
      set.run('kill', '--all-cells', '--reason', 'a drill'),
    ]);
    signal(beta.program.child, 'SIGCONT');

    expect(read.tookMs).toBeLessThan(8_000);
    const expected = { beta: 'no_answer', gamma: 'no_answer', delta: 'no_answer' };
    expect(statesOf(read.body.cells)).toEqual({ alpha: 'ready', ...expected });
    const texts = Object.fromEntries(
      (read.body.cells as { name: string; text: string }[]).map(({ name, text }) => [name, text]),
    );
    expect(texts['beta']).toContain('no answer within 3 s');
    expect(texts['gamma']).toContain('(401)');
    expect(texts['delta']).toContain('ECONNREFUSED');
    expect(listed.code).toBe(69);
    expect(statesOf(JSON.parse(listed.stdout).cells)).toMatchObject(expected);

    expect(stopTookMs).toBeLessThan(8_000);
    expect(stopped.status).toBe(503);
    expect(stopped.body).toMatchObject({ type: 'urn:permit-gate:problem:cells-not-stopped', all_stopped: false });
    expect(statesOf(stopped.body.cells)).toEqual({
      alpha: 'stopped',
      beta: 'no_answer',
      gamma: 'refused',
      delta: 'no_answer',
    });
    expect(stopped.body.detail).toMatch(
      /^1 of 4 cells are stopped\. .*beta \(no_answer: .*gamma \(refused: .*delta \(no_answer/,
    );
    expect(killed.code).toBe(69);
    expect(killed.stderr).toContain('beta, gamma, delta send no further order');
    expect(killed.stdout).toMatch(/^alpha +stopped/m);
    expect((await set.call(alpha, 'GET', '/kill-switch')).body.engaged).toBe(true);
    expect((await set.call(gamma, 'GET', '/kill-switch')).body.engaged).toBe(false);
  });

  it('one is stopped already: all are stopped, that one says so again, and each audit says who it was [K9]', async () => {
    await set.call(alpha, 'PUT', '/kill-switch', engage);
    const answer = await set.call(beta, 'PUT', '/cells/kill-switch', engage);
    expect(answer).toMatchObject({ status: 200, body: { all_stopped: true } });
    expect(statesOf(answer.body.cells)).toEqual({ alpha: 'stopped', beta: 'stopped', gamma: 'stopped' });
    expect(answer.body.cells[0].text).toContain('engaged already');
    expect(await engaged()).toEqual([true, true, true]);
    const command = await set.run('kill', '--all-cells', '--reason', 'again', '--json');
    expect(command.code).toBe(0);
    expect(JSON.parse(command.stdout)).toMatchObject({ all_stopped: true });
    const audited = await set.call(gamma, 'GET', '/audit?limit=20');
    expect(JSON.stringify(audited.body)).toContain('a drill (all cells, by beta)');
    expect(await set.run('release', '--cell', 'gamma', '--reason', 'over')).toMatchObject({ code: 0 });
    expect(await engaged()).toEqual([true, true, false]);
    expect((await set.call(alpha, 'PUT', '/cells/kill-switch', { ...engage, engaged: false })).status).toBe(400);
  });

  it(`under load, stopped by one call ${ENGAGEMENTS} ${ENGAGEMENTS === 1 ? 'time' : 'times'}: no order of any cell follows its answer [K9]`, async () => {
    const load = new CellLoad(set);
    const confirmedMs: number[] = [];
    const late: string[] = [];
    try {
      for (let at = 0; at < ENGAGEMENTS; at += 1) {
        await load.releaseAll();
        await load.untilEachTrades();
        const by = set.cells[at % set.cells.length] ?? alpha;
        const askedMs = performance.now();
        const answer = await set.call(by, 'PUT', '/cells/kill-switch', engage);
        confirmedMs.push(performance.now() - askedMs);
        const stoppedMs = performance.timeOrigin + performance.now();
        expect(answer.body, `engagement ${at}`).toMatchObject({ all_stopped: true });
        await load.untilProposed();
        late.push(...load.ordersSince(stoppedMs));
        expect(late, `engagement ${at}`).toEqual([]);
      }
    } finally {
      await load.stop();
      const [count, worst] = [confirmedMs.length, Math.round(Math.max(...confirmedMs))];
      const orders = load.ordersSince(0).length;
      process.stdout.write(
        `${count} engagements: confirmed after ${Math.round(middleOf(confirmedMs))} ms (median), ${worst} ms at most; ` +
          `${orders} orders before, ${late.length} after\n`,
      );
    }
  }, 900_000);
});

function middleOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
