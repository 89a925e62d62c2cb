import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { PLANS_UNDER_WAY } from '../../src/apply/plan-slots.js';
import { PROPOSAL_INTAKE, type ProposalIntake } from '../../src/runtime/proposal-intake.js';
import { eventually } from '../harness/eventually.js';
import { proposalFields } from '../harness/proposals.js';
import type { Gate, GateOptions, TestEnvironment } from '../harness/test-environment.js';
import { QUICK, submit } from './apply-support.js';
import { worldOf } from './many-symbols.js';

/** Their plans take every slot of a process. */
export const FILLERS = Array.from({ length: PLANS_UNDER_WAY }, (_, index) => `F${String(index).padStart(2, '0')}USDT`);
/** These wait. */
export const WAITERS = ['WAUSDT', 'WBUSDT', 'WCUSDT'] as const;
const WINDOW_MS = 2_500;

export class Crowd {
  private constructor(
    readonly testEnv: TestEnvironment,
    readonly env: Readonly<Record<string, string>>,
  ) {}

  /** An exchange with all of these symbols; it is taken away when the test ends. */
  static async open(env: Readonly<Record<string, string>> = {}): Promise<Crowd> {
    const folder = mkdtempSync(join(tmpdir(), 'permit-gate-capacity-'));
    const symbols = [...FILLERS, ...WAITERS];
    const testEnv = await worldOf(symbols, folder);
    onTestFinished(async () => {
      await testEnv.close();
      rmSync(folder, { recursive: true });
    });
    return new Crowd(testEnv, {
      ...QUICK,
      APPLY_ALLOWLIST: symbols.join(','),
      APPLY_MAX_ATTEMPTS: '1',
      APPLY_PERMIT_WAIT_MS: String(WINDOW_MS),
      ...env,
    });
  }

  gate(roles: string, options: GateOptions = {}): Promise<Gate> {
    return this.testEnv.gate({ ...options, roles, env: { ...this.env, ...options.env } });
  }

  /** One plan for each filler, at once. */
  async fill(gate: Gate): Promise<string[]> {
    const answers = await Promise.all(FILLERS.map((symbol) => submit(gate, symbol, 'PARTIAL_50', {}, 'api')));
    return answers.map(({ planId }) => planId);
  }

  async byStream(symbol: string, action: string, fields: Readonly<Record<string, string>> = {}): Promise<void> {
    const entry = Object.entries(proposalFields(action, fields)).flat();
    await this.testEnv.redis.xadd(this.testEnv.keys.proposalStream(), '*', 'symbol', symbol, ...entry);
  }

  async resultsOf(symbol: string): Promise<Record<string, string>[]> {
    return (await this.testEnv.results()).map(({ fields }) => fields).filter((fields) => fields['symbol'] === symbol);
  }

  ordersOf(symbol: string): number {
    return this.testEnv.orders().filter((order) => order.symbol === symbol).length;
  }
}

export const intakeOf = (gate: Gate): ProposalIntake =>
  gate.app.get<ProposalIntake>(PROPOSAL_INTAKE, { strict: false });

export const untilWaiting = (gate: Gate, count: number): Promise<unknown> =>
  eventually(
    async () => (await gate.metrics()).includes(`plans_waiting_for_capacity ${count}\n`) || undefined,
    5_000,
    () => gate.messages().slice(-12),
  );
