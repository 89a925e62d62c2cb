import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { run } from '../../src/cli/run.js';
import { appendToken, newToken } from '../../src/cli/token-file.js';
import { eventually } from '../harness/eventually.js';
import { proposalFields } from '../harness/proposals.js';
import { resultOf, stateOf, submit, untilKnown } from './apply-support.js';
import { Crowd, FILLERS, intakeOf, untilWaiting, WAITERS } from './capacity-support.js';

const [BY_STREAM, BY_HASH, BY_CALL] = WAITERS;

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('while every slot of a process is taken', () => {
  it.each([
    { what: 'nothing changes', key: undefined, text: '', end: { executed: 'True', error: '' }, orders: 1 },
    {
      what: 'the system is disarmed',
      key: 'arm',
      text: '{"armed":false}',
      end: { executed: 'False', would_execute: 'True', error: 'disarmed' },
      orders: 0,
    },
    {
      what: 'the kill switch is engaged',
      key: 'killSwitch',
      text: '1',
      end: { executed: 'False', would_execute: 'False', error: 'kill_switch_active' },
      orders: 0,
    },
  ] as const)(
    '$what: what waits ends as if it came then, with $orders orders',
    { timeout: 40_000 },
    async ({ key, text, end, orders }) => {
      // On a busy machine issuers that have just started may miss a window.
      const crowd = await Crowd.open({ APPLY_MAX_ATTEMPTS: '5' });
      const { testEnv } = crowd;
      const gate = await crowd.gate('apply');
      await crowd.fill(gate);
      await crowd.byStream(BY_STREAM, 'PARTIAL_50');
      await testEnv.propose(BY_HASH, 'FULL_CLOSE_PROPOSED');
      await untilWaiting(gate, 2);
      if (key !== undefined) await testEnv.redis.set(testEnv.keys[key](), text);
      // They see no plan that was published before their groups exist, so the slots are taken until the windows end.
      await crowd.gate('position-brain,governor');
      await untilKnown(testEnv, BY_STREAM, BY_HASH);
      for (const symbol of [BY_STREAM, BY_HASH]) {
        const ended = (result: Record<string, string>): boolean =>
          Object.entries(end).every(([name, value]) => result[name] === value);
        let seen: unknown;
        await eventually(
          async () => {
            const results = await crowd.resultsOf(symbol);
            seen = results;
            return results.some(ended) || undefined;
          },
          12_000,
          () => seen,
        );
        expect(crowd.ordersOf(symbol)).toBe(orders);
      }
      await untilWaiting(gate, 0);
    },
  );

  it('an operator sees what waits in the text of plans, and withdraws it', async () => {
    const crowd = await Crowd.open({ APPLY_PERMIT_WAIT_MS: '9000' });
    const folder = mkdtempSync(join(tmpdir(), 'permit-gate-capacity-'));
    const tokens = join(folder, 'tokens.json');
    const { token, entry } = newToken('vera', 'viewer');
    appendToken(tokens, entry);
    const gate = await crowd.gate('apply', { http: true, env: { ADMIN_TOKENS_FILE: tokens } });
    await crowd.fill(gate);
    const call = intakeOf(gate).submit(BY_CALL, proposalFields('PARTIAL_50', { kill_score: '0.3' }), 'api');
    await crowd.byStream(BY_STREAM, 'PARTIAL_50', { kill_score: '0.5' });
    await untilWaiting(gate, 2);
    vi.stubEnv('PERMIT_GATE_URL', gate.url);
    vi.stubEnv('PERMIT_GATE_TOKEN', token);
    let out = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
    await eventually(async () => {
      out = '';
      await run(['node', 'permit-gate', 'plans', '--symbol', BY_CALL]);
      return out.includes('waiting_for_capacity') || undefined;
    });
    vi.restoreAllMocks();
    process.exitCode = undefined;
    expect(out).toMatch(
      /waiting_for_capacity: 2, the most urgent first\n +WAUSDT: kill score 0\.5, for \d+ s\n +WCUSDT: kill score 0\.3, for \d+ s/,
    );
    expect(await intakeOf(gate).withdraw(BY_CALL, 'a mistake')).toMatchObject({ outcome: 'withdrawn' });
    expect(await call).toMatchObject({ decision: 'SKIP', reasonCodes: ['proposal_withdrawn'] });
    await untilWaiting(gate, 1);
    expect(await intakeOf(gate).withdraw(BY_CALL, 'a mistake')).toEqual({ planId: '', outcome: 'none' });
    expect((await crowd.resultsOf(BY_CALL)).map(({ reason }) => reason)).toEqual([
      'proposal_withdrawn: an operator withdrew it while it waited for capacity',
    ]);
    rmSync(folder, { recursive: true });
  });
});

it.each([
  ['whose orders the exchange does not answer', 'CLAIMED', { EXCHANGE_ORDER_TIMEOUT_MS: '8000' }],
  ['whose outcome is unknown', 'UNKNOWN', { EXCHANGE_ORDER_TIMEOUT_MS: '500', EXCHANGE_UNKNOWN_PROOF_SEC: '30' }],
])('plans %s hold no slot: another symbol trades at once', async (_what, state, env) => {
  const crowd = await Crowd.open({ ...env, APPLY_PERMIT_WAIT_MS: '9000' });
  const { testEnv } = crowd;
  const gate = await crowd.gate('apply,position-brain,governor');
  await untilKnown(testEnv, ...FILLERS, ...WAITERS);
  for (const symbol of FILLERS)
    testEnv.exchange.addFault({
      match: { method: 'POST', path: '/order', symbol },
      action: { type: 'delay', ms: 5_000 },
      times: -1,
    });
  const fillers = await crowd.fill(gate);
  const states = () => Promise.all(fillers.map((planId) => stateOf(testEnv, planId)));
  await eventually(async () => (await states()).every((each) => each === state) || undefined, 4_000);
  const fromMs = performance.now();
  const { planId } = await submit(gate, BY_STREAM, 'PARTIAL_50', {}, 'stream');
  expect(await resultOf(testEnv, planId, 1, 2_000)).toMatchObject({ executed: 'True' });
  expect(performance.now() - fromMs).toBeLessThan(2_000);
  expect(new Set(await states())).toEqual(new Set([state]));
});
