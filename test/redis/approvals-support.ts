import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appendToken, newToken } from '../../src/cli/token-file.js';
import { demandDocumented } from '../harness/api-answers.js';
import { eventually } from '../harness/eventually.js';
import { proposalFields } from '../harness/proposals.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import type { KeyFolder } from '../harness/signing-keys.js';
import { orderRequests, QUICK, type ResultFields, untilKnown } from './apply-support.js';

const PEOPLE = { anna: 'operator', ben: 'operator', vera: 'viewer', boss: 'admin' } as const;
type Person = keyof typeof PEOPLE;
export type Json = Record<string, unknown>;
interface Called {
  readonly status: number;
  readonly answer: Json;
}

/** A deployment whose plans need approval: one process answers people, another runs Apply. */
export class ApprovalStage {
  apply!: Gate;

  private constructor(
    readonly testEnv: TestEnvironment,
    readonly gate: Gate,
    private readonly tokens: Readonly<Record<string, string>>,
    private readonly env: Readonly<Record<string, string>>,
    private readonly signing: KeyFolder | undefined,
  ) {}

  /** `rules`: the values of the symbols, as YAML. `signing`: with permits signed by these keys. */
  static async open(
    positions: Readonly<Record<string, string>>,
    rules: string,
    more: Readonly<Record<string, string>> = {},
    signing?: KeyFolder,
  ): Promise<ApprovalStage> {
    const folder = mkdtempSync(join(tmpdir(), 'permit-gate-approvals-'));
    writeFileSync(join(folder, 'symbols.yaml'), rules);
    const tokensFile = join(folder, 'tokens.json');
    const tokens: Record<string, string> = {};
    for (const [name, role] of Object.entries(PEOPLE)) {
      const { token, entry } = newToken(name, role);
      tokens[name] = token;
      appendToken(tokensFile, entry);
    }
    const testEnv = await TestEnvironment.create({ positions });
    const env = {
      ...QUICK,
      APPLY_REPEAT_POLICY: 'once_per_episode',
      // A busy machine must not use up windows.
      APPLY_PERMIT_WAIT_MS: '5000',
      APPLY_ALLOWLIST: Object.keys(positions).join(','),
      CONFIG_DIR: folder,
      ADMIN_TOKENS_FILE: tokensFile,
      ...more,
    };
    const roles = 'position-brain,governor';
    const gate = await testEnv.gate({ roles, http: true, env: { ...env, ...signing?.env(roles) } });
    const stage = new ApprovalStage(testEnv, gate, tokens, env, signing);
    await stage.startApply();
    await untilKnown(testEnv, ...Object.keys(positions));
    return stage;
  }

  close(): Promise<void> {
    return this.testEnv.close();
  }

  async startApply(): Promise<void> {
    this.apply = await this.testEnv.gate({
      roles: 'apply',
      env: { ...this.env, ...this.signing?.env('apply'), INSTANCE_ID: 'the-apply' },
    });
  }

  async call(who: Person, method: string, path: string, body?: Json): Promise<Called> {
    const response = await fetch(`${this.gate.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.tokens[who]}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Json;
    demandDocumented(method, response.url, response.status, answer);
    return { status: response.status, answer };
  }

  decide(who: Person, decision: string, planId: string): Promise<Called> {
    return this.call(who, 'POST', `/approvals/${planId}`, { decision, reason: `${who} says so` });
  }

  approve(planId: string, who: Person = 'anna'): Promise<Called> {
    return this.decide(who, 'approve', planId);
  }

  async waiting(symbol: string): Promise<Json[]> {
    const { answer } = await this.call('vera', 'GET', '/approvals');
    return (answer['waiting'] as Json[]).filter((each) => each['symbol'] === symbol);
  }

  /** The plan of the symbol that waits now, and is not one of these. */
  untilWaiting(symbol: string, ...not: string[]): Promise<string> {
    return eventually(async () => {
      const found = (await this.waiting(symbol)).map((each) => String(each['plan_id']));
      return found.find((planId) => !not.includes(planId));
    }, 8_000);
  }

  async propose(symbol: string, fields: Record<string, string>): Promise<void> {
    await this.testEnv.redis.hset(this.testEnv.keys.proposal(symbol), fields);
  }

  /** `plan_id:attempt` of everything that was published for the symbol. */
  async published(symbol: string): Promise<string[]> {
    return (await this.testEnv.plans())
      .filter(({ fields }) => fields['symbol'] === symbol && fields['decision'] === 'EXECUTE')
      .map(({ fields }) => `${fields['plan_id']}:${fields['attempt']}`);
  }

  ordersOf(symbol: string): number {
    return orderRequests(this.testEnv).filter(({ params }) => params['symbol'] === symbol).length;
  }

  /** The last result of a plan. */
  async endOf(planId: string): Promise<ResultFields | undefined> {
    return (await this.testEnv.results()).map(({ fields }) => fields).findLast((each) => each['plan_id'] === planId);
  }

  /** Waits until the plan ends with this error or reason. */
  untilEnd(planId: string, reason: string): Promise<ResultFields> {
    return eventually(async () => {
      const end = await this.endOf(planId);
      return end !== undefined && [end['error'], end['reason']].includes(reason) ? end : undefined;
    }, 8_000);
  }
}

/** The kind of the problem that a call is answered with. */
export async function problemOf(called: Promise<Called>): Promise<string> {
  const { status, answer } = await called;
  return `${status} ${String(answer['type']).replace('urn:permit-gate:problem:', '')}`;
}

export const seconds = (later = 0): string => String(Date.now() / 1000 + later);

/** A proposal as its strategy writes it, under an id of its own. */
export const wish = (action: string, id: string, more: Record<string, string> = {}): Record<string, string> => ({
  ...proposalFields(action),
  proposal_id: id,
  ...more,
});

/** Longer than Apply's loop of due attempts, and several polls of the hashes. */
export const aWhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 700));
