import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ChaosEvent } from '../chaos/events.js';
import { ORDER } from '../chaos/exchange-faults.js';
import { mutantNamed, MUTANTS, patched, privateCopy } from '../chaos/mutants.js';
import { run } from '../chaos/run.js';
import { type Proposal, type Scenario, scenarioOf } from '../chaos/scenario.js';
import type { ExchangeFault } from '../harness/paper-exchange-process.js';
import { MAIN } from '../harness/program.js';
import { points } from '../harness/points.js';

const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'DOGEUSDT'];
const ROLES = ['apply', 'governor', 'position-brain'];

const folder = mkdtempSync(join(tmpdir(), 'permit-gate-mutants-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a mutant of the chaos harness', () => {
  it.each(MUTANTS)('$name still fits the built application', (mutant) => {
    expect(patched(dirname(MAIN), mutant).size).toBeGreaterThan(0);
  });
});

/** One process, one proposal per symbol through the stream, and nothing but what the mutant is about. */
function scene(events: readonly ChaosEvent[], isProposed: boolean): Scenario {
  const proposals: Proposal[] = SYMBOLS.map((symbol) => ({
    atMs: 100,
    channel: 'stream',
    symbol,
    action: 'PARTIAL_50',
    gate: 0,
  }));
  const drawn = scenarioOf(1, { short: true, failover: false, powerLoss: false });
  return {
    ...drawn,
    kind: 'redis stays or restarts',
    mayLoseTail: false,
    gates: [{ id: 'all-1', roles: ROLES }],
    env: { ...drawn.env, P33_COOLDOWN_SEC: '0', APPLY_POLL_SEC: '0.25', APPLY_REPEAT_POLICY: 'once_per_episode' },
    proposals: isProposed ? proposals : [],
    // After the last event everything is healed: by then the orders have been sent.
    events: [...events, { atMs: 2_500, kind: 'exchange-faults', faults: [] }],
  };
}

/** A strategy that withdraws as soon as its plan is published, on every symbol, three times. */
const CHANGES_ITS_MIND: ChaosEvent[] = SYMBOLS.map((symbol, index) => ({
  atMs: 100 + 50 * index,
  kind: 'strategy',
  symbol,
  game: {
    name: 'hold',
    moves: [1, 2, 3].flatMap((round) => [
      { write: { action: 'PARTIAL_25', id: `${round}` }, afterPlan: false, waitMs: 100 },
      { write: { action: 'HOLD', id: `${round}` }, afterPlan: true, waitMs: 0 },
    ]),
  },
}));
const fault = (action: ExchangeFault['action'], ...more: readonly ExchangeFault[]): ChaosEvent[] => [
  { atMs: 0, kind: 'exchange-faults', faults: [{ match: ORDER, action, times: SYMBOLS.length }, ...more] },
];
/** The user stream would report the fills, and then nothing is lost. */
const SILENT: ExchangeFault = { action: { type: 'silentStream' }, times: -1, forMs: 3_000 };

describe('a chaos run of one process', () => {
  const runs: [string, string, Scenario][] = [
    ['claim-without-standing', 'no-claim-after-withdrawal', scene(CHANGES_ITS_MIND, false)],
    ['target-ignored', 'target', scene(fault({ type: 'respondAs', status: 'EXPIRED' }), true)],
    [
      'server-error-not-accepted',
      'truthful',
      scene(fault({ type: 'status', status: 503, code: -1008, process: true }, SILENT), true),
    ],
  ];
  it.each(points(runs))('notices the mutant %s by %s', async (name, invariant, scenario) => {
    const copy = privateCopy(dirname(MAIN), mutantNamed(name));
    try {
      const { violations } = await run(scenario, copy.main, join(folder, name));
      expect(violations.map((each) => each.invariant)).toContain(invariant);
    } finally {
      await copy.resources.release();
    }
  });
});
