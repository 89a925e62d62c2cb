import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { GROUPS } from '../../../src/redis/keys/groups.js';
import { type Keys, keysFor } from '../../../src/redis/keys/keys.js';
import { loadScript } from '../../../src/redis/scripts/script-source.js';
import { fieldsOf } from '../../chaos/history.js';
import { untilCalm } from '../../chaos/quiescence.js';
import { type AdminToken, createAdminToken } from '../../harness/admin-token.js';
import { eventually } from '../../harness/eventually.js';
import { sameMarks, writeListing } from '../../harness/listing.js';
import { UNLIMITED } from '../../harness/paper-exchange-process.js';
import { freePort } from '../../harness/ports.js';
import type { Program } from '../../harness/program.js';
import { proposalFields } from '../../harness/proposals.js';
import { TestDeployment } from '../../harness/test-deployment.js';
import { type Point, SCRIPTS } from './points.js';
import { processState } from './process-state.js';

/** What every symbol begins with. */
export const AMOUNT = '0.1';
const HOOK = fileURLToPath(new URL('halt-at.mjs', import.meta.url));
const RUNNING_WITHIN_MS = 90_000;
/** -1021: the timestamp is outside of the recvWindow. */
const EXPIRED = -1021;
const SPARE = 8;
const ENDED_FOR_MS = 4_000;

interface Settled {
  readonly state: string;
  readonly results: readonly { readonly attempt: string | undefined; readonly executed: string | undefined }[];
  readonly orders: readonly { readonly status: string; readonly executedQty: string }[];
  readonly ledger: string | null;
  readonly exchange: string | undefined;
  readonly reservation: string | null;
}

/** Processes that stop at a given crash point, with their own Redis and exchange. Every scene has its own symbol. */
export class CrashSetup {
  readonly keys: Keys = keysFor('quantum:');
  readonly redis: Redis;
  readonly #file: string;
  readonly #programs = new Map<string, Program>();
  #proposed = 0;

  private constructor(
    readonly deployment: TestDeployment,
    private readonly folder: string,
    private readonly token: AdminToken,
    private readonly symbols: readonly string[],
  ) {
    this.redis = new Redis({ path: deployment.redis.socketPath, maxRetriesPerRequest: null, retryStrategy: () => 50 });
    this.redis.on('error', () => undefined);
    this.#file = join(folder, 'halt.json');
  }

  static async create(scenes: number): Promise<CrashSetup> {
    const folder = mkdtempSync(join(tmpdir(), 'permit-gate-crash-points-'));
    const symbols = Array.from({ length: scenes + SPARE }, (_, index) => `HALT${index + 1}USDT`);
    const positions = Object.fromEntries(symbols.map((symbol) => [symbol, AMOUNT]));
    const deployment = await TestDeployment.create(
      {
        exchangeInfoFile: writeListing(folder, symbols),
        marks: sameMarks(symbols, '100'),
        positions,
        limits: UNLIMITED,
      },
      { config: ['--appendonly', 'yes', '--appendfsync', 'always'] },
    );
    return new CrashSetup(deployment, folder, createAdminToken(folder, 'crash-points'), symbols);
  }

  /** Starts a process under this instance id, and waits until its roles run; again where a busy machine made it give up. */
  async start(id: string, roles = 'apply,position-brain,governor'): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const program = await this.#spawn(id, roles);
      this.#programs.set(id, program);
      try {
        const running = (): boolean => program.stdout.includes('"permit-gate running"');
        await program.until('running', running, RUNNING_WITHIN_MS);
        return;
      } catch (error) {
        if (tries === 3 || program.child.exitCode === null) throw error;
      }
    }
  }

  async #spawn(id: string, roles: string): Promise<Program> {
    return this.deployment.start(
      ['serve', `--roles=${roles}`],
      {
        ...this.deployment.variables,
        INSTANCE_ID: id,
        HALT_FILE: this.#file,
        HTTP_PORT: String(await freePort()),
        ADMIN_TOKENS_FILE: this.token.tokensFile,
        APPLY_ALLOWLIST: this.symbols.join(','),
        APPLY_MAX_ATTEMPTS: '1',
        APPLY_PERMIT_WAIT_MS: '3000',
        APPLY_REPEAT_POLICY: 'every_proposal',
        P33_COOLDOWN_SEC: '0',
        EXCHANGE_RECV_WINDOW_MS: '800',
        EXCHANGE_ORDER_TIMEOUT_MS: '2000',
        EXCHANGE_UNKNOWN_PROOF_SEC: '1',
      },
      ['--import', HOOK],
    );
  }

  /** Waits until every symbol may be traded; what is proposed before that is refused. */
  async known(): Promise<void> {
    for (const symbol of this.symbols) {
      const known = async (): Promise<boolean | undefined> =>
        (await this.redis.exists(this.keys.ledger(symbol))) === 1 || undefined;
      await eventually(known, RUNNING_WITHIN_MS);
    }
  }

  /**
   * Proposes a close of the next symbol, and resolves when a process has halted on its way. A plan that ended before it
   * came so far, because a busy machine let its window pass, is followed by one of a spare symbol.
   */
  async haltAt(
    at: Point,
    signal: 'SIGSTOP' | 'SIGKILL',
  ): Promise<{ readonly symbol: string; readonly halted: string }> {
    for (const { child } of this.#programs.values()) rmSync(`${this.#file}.${child.pid ?? 0}`, { force: true });
    // Whole or not at all: a process that reads half of it would end of its hook.
    writeFileSync(`${this.#file}.new`, JSON.stringify({ at, signal, scripts: await this.#digests() }));
    renameSync(`${this.#file}.new`, this.#file);
    for (let tries = 1; ; tries += 1) {
      const symbol = this.symbols[this.#proposed];
      if (symbol === undefined) throw new Error(`no symbol is left; nothing halted ${at}`);
      this.#proposed += 1;
      const fields = proposalFields('PARTIAL_50', { symbol, proposal_id: `scene-${this.#proposed}` });
      await this.redis.xadd(this.keys.proposalStream(), '*', ...Object.entries(fields).flat());
      const halted = await this.#haltedOrEnded(at, symbol);
      if (halted !== undefined) {
        const { pid = 0 } = this.program(halted).child;
        await eventually(() => processState(pid) !== 'running' || undefined);
        return { symbol, halted };
      }
      if (tries > SPARE) throw new Error(`the plans ended and nothing halted ${at}`);
    }
  }

  /** Scripts are loaded under the name of the server that answers. */
  async #digests(): Promise<Record<string, string>> {
    const [runId, replId] = await this.redis.hmget(this.keys.server(), 'run_id', 'replid');
    return Object.fromEntries(SCRIPTS.map((name) => [name, loadScript(name, `${runId ?? ''}:${replId ?? ''}`).sha1]));
  }

  /** Some points come after the result: what has ended gets a moment to come there. */
  async #haltedOrEnded(at: Point, symbol: string): Promise<string | undefined> {
    let endedMs: number | undefined;
    return eventually(
      async () => {
        const halted = this.#halted();
        if (halted !== undefined) return { halted };
        if ((await this.#of(this.keys.resultStream(), symbol)).length > 0) endedMs ??= performance.now();
        return endedMs !== undefined && performance.now() > endedMs + ENDED_FOR_MS ? { halted } : undefined;
      },
      20_000,
      () => ({ at, logs: [...this.#programs.values()].map(({ stdout, stderr }) => stdout.slice(-1_500) + stderr) }),
    ).then(({ halted }) => halted);
  }

  #halted(): string | undefined {
    return [...this.#programs].find(([, { child }]) => existsSync(`${this.#file}.${child.pid ?? 0}`))?.[0];
  }

  program(id: string): Program {
    const program = this.#programs.get(id);
    if (program === undefined) throw new RangeError(`no process ${id} was started`);
    return program;
  }

  /** The names of a dead process are free at once, and not after the 10 s that its leases live. */
  async endLeases(id: string): Promise<void> {
    await this.redis.del(Object.values(GROUPS).map((group) => this.keys.lease(group, id)));
  }

  wake(id: string): void {
    this.program(id).child.kill('SIGCONT');
  }

  /** The orders that the exchange accepted. */
  ordersOf(symbol: string): Settled['orders'] {
    return this.deployment.exchange
      .records()
      .orders.filter((order) => order.symbol === symbol)
      .map(({ status, executedQty }) => ({ status, executedQty }));
  }

  /** How many requests for an order the exchange refused because they had expired. */
  refused(symbol: string): number {
    return this.deployment.exchange
      .records()
      .requests.filter(
        ({ method, path, params, code }) =>
          method === 'POST' && path.endsWith('/order') && params['symbol'] === symbol && code === EXPIRED,
      ).length;
  }

  /** The result of the symbol's only plan, when it is there. */
  async result(symbol: string): Promise<Readonly<Record<string, string>>> {
    const results = async (): Promise<Record<string, string> | undefined> =>
      (await this.#of(this.keys.resultStream(), symbol))[0];
    return eventually(results, 45_000);
  }

  /** What became of the symbol's only plan, by all who know of it, once nothing is on its way any more. */
  async settled(symbol: string): Promise<Settled> {
    const { redis, keys, deployment } = this;
    await this.result(symbol);
    const unsettled = await untilCalm(redis, keys, [symbol], 45_000);
    if (unsettled.length > 0) throw new Error(unsettled.join('; '));
    const results = await this.#of(keys.resultStream(), symbol);
    const planId = results[0]?.['plan_id'] ?? '';
    const records = deployment.exchange.records();
    return {
      state: results[0]?.['state'] ?? '',
      results: results.map(({ attempt, executed }) => ({ attempt, executed })),
      orders: this.ordersOf(symbol),
      ledger: await redis.hget(keys.ledger(symbol), 'last_known_amt'),
      exchange: records.positions.find((position) => position.symbol === symbol)?.amount,
      reservation: await redis.hget(keys.reservation(planId, '1'), 'state'),
    };
  }

  async #of(stream: string, symbol: string): Promise<Record<string, string>[]> {
    const entries = await this.redis.xrange(stream, '-', '+');
    return entries.map(([, flat]) => fieldsOf(flat)).filter((fields) => fields['symbol'] === symbol);
  }

  /** Engages or releases the kill switch over the API of one process; resolves when it says that it has. */
  async killSwitch(id: string, engaged: boolean): Promise<void> {
    const port = /"port":(\d+)/.exec(this.program(id).stdout)?.[1] ?? '';
    const ask = async (): Promise<boolean | undefined> => {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/kill-switch`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${this.token.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ engaged, reason: 'crash-points' }),
      });
      await answer.arrayBuffer();
      return answer.ok || undefined;
    };
    await eventually(ask, 30_000);
  }

  async close(): Promise<void> {
    this.redis.disconnect();
    await this.deployment.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
