import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { run } from '../../src/cli/run.js';
import { appendToken, newToken } from '../../src/cli/token-file.js';
import { demandDocumented } from '../harness/api-answers.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { QUICK, untilKnown } from './apply-support.js';

export type Json = Record<string, unknown>;
const PEOPLE = { viewer: 'vera', operator: 'otto', admin: 'anna' } as const;
export type PersonsRole = keyof typeof PEOPLE;

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** `PUT /api/v1/kill-switch`, of every call that the command made. */
  readonly calls: readonly string[];
}

/** One running gate on the paper exchange, and people who type commands. */
export class Desk {
  private constructor(
    readonly testEnv: TestEnvironment,
    readonly gate: Gate,
    readonly folder: string,
    readonly tokens: Readonly<Record<PersonsRole, string>>,
  ) {}

  static async open(
    positions: Readonly<Record<string, string>>,
    rules: string,
    env: Readonly<Record<string, string>> = {},
    roles = 'apply,position-brain,governor',
  ): Promise<Desk> {
    const folder = mkdtempSync(join(tmpdir(), 'permit-gate-desk-'));
    writeFileSync(join(folder, 'symbols.yaml'), rules);
    const tokens = { viewer: '', operator: '', admin: '' };
    for (const [role, name] of Object.entries(PEOPLE) as [PersonsRole, string][]) {
      const made = newToken(name, role);
      tokens[role] = made.token;
      appendToken(join(folder, 'tokens.json'), made.entry);
    }
    const testEnv = await TestEnvironment.create({ positions });
    const symbols = Object.keys(positions);
    const gate = await testEnv.gate({
      roles,
      http: true,
      env: {
        ...QUICK,
        APPLY_REPEAT_POLICY: 'once_per_episode',
        APPLY_PERMIT_WAIT_MS: '3000',
        APPLY_ALLOWLIST: symbols.join(','),
        CONFIG_DIR: folder,
        ADMIN_TOKENS_FILE: join(folder, 'tokens.json'),
        ...env,
      },
    });
    await untilKnown(testEnv, ...symbols);
    return new Desk(testEnv, gate, folder, tokens);
  }

  file(name: string): string {
    return join(this.folder, name);
  }
  read(name: string): string {
    return readFileSync(this.file(name), 'utf8');
  }

  nameOf(role: PersonsRole): string {
    return PEOPLE[role];
  }

  /** One command line in this process, typed by a person of this role. */
  async type(role: PersonsRole, ...args: string[]): Promise<Ran> {
    vi.stubEnv('PERMIT_GATE_URL', this.gate.url);
    vi.stubEnv('PERMIT_GATE_TOKEN', this.tokens[role]);
    let [out, err] = ['', ''];
    const calls: string[] = [];
    const ask = globalThis.fetch;
    const spies = [
      vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true)),
      vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true)),
      vi.spyOn(globalThis, 'fetch').mockImplementation((given, init) => {
        const { url, method } =
          given instanceof Request ? given : { url: String(given), method: init?.method ?? 'GET' };
        if (url.startsWith(this.gate.url)) calls.push(`${method} ${new URL(url).pathname}`);
        return ask(given, init);
      }),
    ];
    try {
      return { code: await run(['node', 'permit-gate', ...args]), out, err, calls };
    } finally {
      process.exitCode = undefined;
      for (const spy of spies) spy.mockRestore();
      vi.unstubAllEnvs();
    }
  }

  async call(role: PersonsRole, method: string, path: string, body?: Json): Promise<Json> {
    const response = await fetch(`${this.gate.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.tokens[role]}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Json;
    demandDocumented(method, response.url, response.status, answer);
    return { ...answer, http_status: response.status };
  }

  /** The newest audit entry of this reason. */
  async audited(reason: string): Promise<Json | undefined> {
    const { entries } = await this.call('viewer', 'GET', '/audit?limit=100');
    return (entries as Json[]).find((each) => each['reason'] === reason);
  }

  close(): Promise<void> {
    return this.testEnv.close();
  }
}
