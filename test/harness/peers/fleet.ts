import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { ChildProcesses } from '../child-processes.js';
import { API_KEY, PAPER_KEYS, UNLIMITED } from '../paper-exchange-process.js';
import { Program } from '../program.js';
import { TestDeployment } from '../test-deployment.js';

export type Role = 'apply' | 'governor' | 'position-brain';
/** `ours` is the built program with that role; `guide` plays the guide's service. */
export type Kind = 'ours' | 'guide';
export type Mix = Readonly<Record<Role, Kind>>;
type Variables = Readonly<Record<string, string>>;

const READY: Readonly<Record<Kind, string>> = { ours: '"permit-gate running"', guide: ' ready: ' };
const READY_WITHIN_MS = 60_000;
const ROLES: readonly Role[] = ['position-brain', 'governor', 'apply'];

const ledgerKey = (symbol: string): string => `quantum:position:ledger:${symbol}`;

export interface FleetOptions {
  /** Signed amounts at the start, by symbol. */
  readonly positions: Readonly<Record<string, string>>;
  /** For every service; names that it does not know are left out for ours. */
  readonly settings?: Variables;
  readonly ours?: Variables;
  readonly guide?: Variables;
}

/** One process for each role on one Redis and one paper exchange. Each is ours or plays the guide's service, and can be replaced. */
export class Fleet {
  readonly #processes = new ChildProcesses();
  readonly #running = new Map<Role, Program>();
  #started = 0;

  private constructor(
    readonly deployment: TestDeployment,
    readonly redis: Redis,
    readonly symbols: readonly string[],
    private readonly options: FleetOptions,
  ) {}

  static async create(options: FleetOptions): Promise<Fleet> {
    const { positions } = options;
    const marks = Object.fromEntries(Object.keys(positions).map((symbol) => [symbol, '100']));
    const deployment = await TestDeployment.create({ positions, marks, limits: UNLIMITED });
    const redis = new Redis({ path: deployment.redis.socketPath });
    return new Fleet(deployment, redis, Object.keys(positions), options);
  }

  get exchange(): TestDeployment['exchange'] {
    return this.deployment.exchange;
  }

  program(role: Role): Program {
    const program = this.#running.get(role);
    if (program === undefined) throw new Error(`no process has the role ${role}`);
    return program;
  }

  async startAll(mix: Mix): Promise<void> {
    await Promise.all(ROLES.map((role) => this.start(role, mix[role])));
  }

  async start(role: Role, kind: Kind, more: Variables = {}): Promise<Program> {
    const program = kind === 'ours' ? this.#ours(role, more) : this.#guide(role, more);
    this.#running.set(role, program);
    await program.until(`${kind} ${role} runs`, () => program.stdout.includes(READY[kind]), READY_WITHIN_MS);
    return program;
  }

  async stop(role: Role, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.program(role).stop(signal);
    this.#running.delete(role);
  }

  async replace(role: Role, kind: Kind, signal: NodeJS.Signals = 'SIGTERM'): Promise<Program> {
    await this.stop(role, signal);
    return this.start(role, kind);
  }

  /** Signed, from the orders that the exchange carried out. */
  amount(symbol: string): number {
    const filled = this.exchange.records().orders.filter((order) => order.symbol === symbol);
    const moved = filled.map(({ side, executedQty }) => (side === 'BUY' ? 1 : -1) * Number(executedQty));
    const sum = moved.reduce((total, each) => total + each, Number(this.options.positions[symbol] ?? '0'));
    return Math.round(sum * 1e6) / 1e6;
  }

  async ledger(symbol: string): Promise<number> {
    return Number((await this.redis.hget(ledgerKey(symbol), 'last_known_amt')) ?? 'NaN');
  }

  /** Writes the ledger as a person does by the guide's remedy. */
  async writeLedger(symbol: string, amount: number): Promise<void> {
    await this.redis.hset(ledgerKey(symbol), 'last_known_amt', String(amount));
  }

  /** The ledgers that an old fleet leaves behind when every position is reconciled. */
  async leaveLedgers(): Promise<void> {
    const updatedAt = String(Math.floor(Date.now() / 1_000) - 60);
    for (const symbol of this.symbols) {
      await this.writeLedger(symbol, this.amount(symbol));
      await this.redis.hset(ledgerKey(symbol), 'updated_at', updatedAt);
    }
  }

  /** The entries of a stream, oldest first. */
  async entries(stream: 'apply.plan' | 'apply.result' | 'dead.letters'): Promise<Record<string, string>[]> {
    const rows = await this.redis.xrange(`quantum:stream:${stream}`, '-', '+');
    return rows.map(([, flat]) =>
      Object.fromEntries(Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i] ?? '', flat[2 * i + 1] ?? ''])),
    );
  }

  async close(): Promise<void> {
    this.redis.disconnect();
    await this.#processes.killAll();
    await this.deployment.close();
  }

  get #lists(): Variables {
    const symbols = this.symbols.join(',');
    return { SYMBOLS: symbols, APPLY_ALLOWLIST: symbols, P33_ALLOWLIST: symbols };
  }

  #ours(role: Role, more: Variables): Program {
    this.#started += 1;
    const variables = {
      ...this.deployment.variables,
      INSTANCE_ID: `${role}-${this.#started}`,
      ...this.#lists,
      ...this.options.settings,
      ...this.options.ours,
      ...more,
    };
    return new Program(['serve', `--roles=${role}`], variables, this.deployment.folder, { processes: this.#processes });
  }

  #guide(role: Role, more: Variables): Program {
    const variables = {
      REDIS_SOCKET: this.deployment.redis.socketPath,
      BINANCE_URL: this.exchange.restUrl,
      APPLY_MODE: 'testnet',
      ...PAPER_KEYS,
      BINANCE_TESTNET_API_KEY: API_KEY,
      ...this.#lists,
      ...this.options.settings,
      ...this.options.guide,
      ...more,
    };
    const main = fileURLToPath(new URL(`${role}.mjs`, import.meta.url));
    return new Program([], variables, this.deployment.folder, { main, processes: this.#processes });
  }
}
