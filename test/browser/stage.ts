import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { ensureChromium } from '../../scripts/ensure-chromium.mjs';
import { appendToken, newToken } from '../../src/cli/token-file.js';
import { type GateApi, gateApi } from '../../src/client/api.js';
import { keysFor } from '../../src/redis/keys/keys.js';
import { freePort } from '../harness/ports.js';
import type { Program } from '../harness/program.js';
import { proposalFields } from '../harness/proposals.js';
import { isReady } from '../harness/readiness.js';
import { TestDeployment } from '../harness/test-deployment.js';

const ROLES = ['viewer', 'operator', 'admin'] as const;
type Role = (typeof ROLES)[number];

const SYMBOLS = 'BTCUSDT,ETHUSDT';
const ALLOWED = { SYMBOLS, APPLY_ALLOWLIST: SYMBOLS, P33_ALLOWLIST: SYMBOLS };

/** Long enough for a busy machine. */
export const WITHIN_MS = 15_000;

export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: ensureChromium().path, args: ['--no-sandbox'] });

/** The console at `url`. What the browser complains about goes to `complaints`. */
export async function openPage(
  browser: Browser,
  url: string,
  complaints: string[],
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(WITHIN_MS);
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(`pageerror: ${error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    if (/content security policy/i.test(text)) complaints.push(text);
  });
  await page.goto(url);
  return page;
}

export async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('Token', { exact: true }).fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Symbols', level: 1 }).waitFor();
}

/** The built gate on a paper exchange and a Redis, and a browser that looks at it. */
export class BrowserStage {
  readonly redis: Redis;
  readonly keys = keysFor('quantum:');
  /** What the browser complained about: errors of scripts, and refusals of the content security policy. */
  readonly complaints: string[] = [];

  private constructor(
    readonly deployment: TestDeployment,
    readonly url: string,
    readonly tokens: Readonly<Record<Role, string>>,
    readonly api: GateApi,
    readonly browser: Browser,
    private readonly variables: Readonly<Record<string, string>>,
    private program: Program,
  ) {
    this.redis = new Redis({ path: deployment.redis.socketPath });
  }

  static async create(variables: Readonly<Record<string, string>> = {}): Promise<BrowserStage> {
    const [deployment, browser] = await Promise.all([
      TestDeployment.create({ positions: { BTCUSDT: '0.010', ETHUSDT: '0.500' } }),
      launchBrowser(),
    ]);
    const file = join(deployment.folder, 'tokens.json');
    const tokens = Object.fromEntries(
      ROLES.map((role) => {
        const { token, entry } = newToken(`${role}-1`, role);
        appendToken(file, entry);
        return [role, token];
      }),
    ) as Record<Role, string>;
    const port = String(await freePort());
    const own = { ADMIN_TOKENS_FILE: file, HTTP_PORT: port, ...ALLOWED, ...variables };
    const url = `http://127.0.0.1:${port}`;
    const program = await serve(deployment, own, url);
    const api = gateApi({ url, token: tokens.admin });
    return new BrowserStage(deployment, url, tokens, api, browser, own, program);
  }

  get exchange(): TestDeployment['exchange'] {
    return this.deployment.exchange;
  }

  async close(): Promise<void> {
    this.redis.disconnect();
    await this.browser.close();
    await this.deployment.close();
  }

  page(options: BrowserContextOptions = {}): Promise<Page> {
    return openPage(this.browser, this.url, this.complaints, options);
  }

  async signedIn(role: Role, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await this.page(options);
    await signIn(page, this.tokens[role]);
    return page;
  }

  propose(symbol: string, action: string, fields: Readonly<Record<string, string>> = {}): Promise<number> {
    return this.redis.hset(this.keys.proposal(symbol), proposalFields(action, fields));
  }

  signalGate(signal: NodeJS.Signals): void {
    void this.program.stop(signal);
  }

  async stopGate(): Promise<void> {
    await this.program.stop();
  }

  async startGate(): Promise<void> {
    this.program = await serve(this.deployment, this.variables, this.url);
  }

  async killSwitch(): Promise<{ engaged: boolean; by: string; reason: string }> {
    const { data } = await this.api.GET('/api/v1/kill-switch');
    if (data === undefined) throw new Error('the kill switch could not be read');
    return data;
  }

  async position(symbol: string) {
    const { data } = await this.api.GET('/api/v1/positions/{symbol}', { params: { path: { symbol } } });
    if (data === undefined) throw new Error(`the position of ${symbol} could not be read`);
    return data;
  }
}

async function serve(
  deployment: TestDeployment,
  variables: Readonly<Record<string, string>>,
  url: string,
): Promise<Program> {
  const program = deployment.start(['serve'], { ...deployment.variables, ...variables });
  await program.until('permit-gate is ready', () => isReady(url), 60_000);
  return program;
}
