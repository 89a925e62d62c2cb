import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type PaperExchange, startPaperExchange } from '../../src/paper-exchange/index.js';
import { keysFor, type Keys } from '../../src/redis/keys/keys.js';
import { createAdminToken } from './admin-token.js';
import { ChildProcesses } from './child-processes.js';
import { eventually } from './eventually.js';
import { PAPER_KEYS, UNLIMITED } from './paper-exchange-process.js';
import { freePort } from './ports.js';
import { type Ended, Program } from './program.js';
import { isReady } from './readiness.js';
import { RedisServer } from './redis-server.js';

const READY_WITHIN_MS = 50_000;

/** One cell: a process with all roles on a key prefix of its own, and an account of its own. */
export interface CellOfSet {
  readonly name: string;
  readonly url: string;
  readonly token: string;
  readonly tokenFile: string;
  readonly keys: Keys;
  readonly exchange: PaperExchange;
  program: Program;
}

/** Another Redis than one of the set's own. */
export interface RedisOfCells {
  readonly variables: Readonly<Record<string, string>>;
  readonly client: Pick<Redis, 'hset' | 'xadd' | 'xrange' | 'xinfo' | 'del' | 'disconnect'>;
}

export interface CellSetOptions {
  readonly names: readonly string[];
  readonly positions: Readonly<Record<string, string>>;
  /** Of every cell. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where they keep their state, in place of one Redis of the set. */
  readonly redis?: RedisOfCells;
  /** In CELLS_FILE beside the cells that run. */
  readonly more?: readonly object[];
}

/** Several cells with one CELLS_FILE, which all of them have. */
export class CellSet {
  readonly #processes = new ChildProcesses();

  private constructor(
    readonly folder: string,
    readonly cellsFile: string,
    readonly redis: RedisOfCells['client'],
    readonly cells: readonly CellOfSet[],
    private readonly server: RedisServer | undefined,
    private readonly starts: readonly Readonly<Record<string, string>>[],
  ) {}

  static async start({ names, positions, env = {}, redis, more = [] }: CellSetOptions): Promise<CellSet> {
    const folder = mkdtempSync(join(tmpdir(), 'permit-gate-cells-'));
    const server = redis === undefined ? await new RedisServer({}).start() : undefined;
    const socket = server?.socketPath ?? '';
    const where = redis?.variables ?? { REDIS_URL: `unix://${socket}` };
    const cellsFile = join(folder, 'cells.json');
    const cells: CellOfSet[] = [];
    const client = redis?.client ?? new Redis({ path: socket });
    const starts: Record<string, string>[] = [];
    const set = new CellSet(folder, cellsFile, client, cells, server, starts);
    for (const name of names) {
      const port = await freePort();
      const exchange = await startPaperExchange({ port: 0, positions, limits: UNLIMITED });
      mkdirSync(join(folder, name));
      const { token, tokensFile } = createAdminToken(join(folder, name), name);
      const tokenFile = join(folder, `${name}.token`);
      writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 });
      starts.push({
        APPLY_MODE: 'testnet',
        APPLY_ALLOWLIST: Object.keys(positions).join(','),
        INSTANCE_ID: name,
        HTTP_PORT: String(port),
        P33_METRICS_PORT: '0',
        P33_POLL_SEC: '0.5',
        REDIS_KEY_PREFIX: `{${name}}:`,
        EXCHANGE_REST_URL: exchange.restUrl,
        ADMIN_TOKENS_FILE: tokensFile,
        CELLS_FILE: cellsFile,
        ...PAPER_KEYS,
        ...where,
        ...env,
      });
      const url = `http://127.0.0.1:${port}`;
      // The process is started below, once CELLS_FILE names all of them.
      cells.push({ name, url, token, tokenFile, keys: keysFor(`{${name}}:`), exchange, program: undefined as never });
    }
    set.writeCells(more);
    await Promise.all(cells.map((cell) => set.serve(cell)));
    return set;
  }

  /** Starts the process of a cell, also again after its end. */
  async serve(cell: CellOfSet): Promise<void> {
    const variables = this.starts[this.cells.indexOf(cell)] ?? {};
    cell.program = new Program(['serve'], variables, this.folder, { processes: this.#processes });
    await cell.program.until('permit-gate is ready', () => isReady(cell.url), READY_WITHIN_MS);
  }

  /** `through`: other addresses of some cells, by name. */
  writeCells(more: readonly object[] = [], through: Readonly<Record<string, string>> = {}): void {
    const own = this.cells.map(({ name, url, tokenFile }) => ({
      name,
      url: through[name] ?? url,
      token_file: tokenFile,
      account: name,
    }));
    writeFileSync(this.cellsFile, JSON.stringify({ cells: [...own, ...more] }), { mode: 0o600 });
  }

  /** Their tokens, CELLS_FILE and kill switches as at the start, and all of them ready. */
  async reset(): Promise<void> {
    for (const { tokenFile, token } of this.cells) writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 });
    this.writeCells();
    const release = { engaged: false, reason: 'the next test' };
    await Promise.all(
      this.cells.map(async (cell) => {
        const { body } = await this.call(cell, 'GET', '/kill-switch');
        if (body.engaged === true) await this.call(cell, 'PUT', '/kill-switch', release);
      }),
    );
    for (const cell of this.cells)
      await eventually(
        async () => (await this.call(cell, 'GET', '/status')).body.fleet?.complete === true || undefined,
        READY_WITHIN_MS,
        () => cell.program.lastLines(),
      );
  }

  /** `permit-gate …`, with CELLS_FILE alone: no gate is addressed. */
  run(...args: string[]): Promise<Ended> {
    return new Program(args, { CELLS_FILE: this.cellsFile }, this.folder, { processes: this.#processes }).ended;
  }

  async call(
    { url, token }: CellOfSet,
    method: string,
    path: string,
    body?: object,
    // oxlint-disable-next-line typescript/no-explicit-any -- answers are asserted on member by member
  ): Promise<{ readonly status: number; readonly body: any }> {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as unknown };
  }

  async close(): Promise<void> {
    await this.#processes.killAll();
    this.redis.disconnect();
    await Promise.all([...this.cells.map(({ exchange }) => exchange.close()), this.server?.stop()]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
