import { type ChildProcess, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { postgresFolder } from '../../scripts/ensure-postgres.mjs';
import { ChildProcesses } from './child-processes.js';
import { freePort } from './ports.js';

const START_WITHIN_MS = 20_000;
/** PostgreSQL does not run as root: of Debian's `nobody`. */
const NOBODY = 65_534;

/** A private PostgreSQL server in a folder of its own, with a database `gate`. It can be stopped and started again. */
export class PostgresServer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'permit-gate-postgres-'));
  readonly #processes = new ChildProcesses();
  #child: ChildProcess | undefined;

  private constructor(
    private readonly programs: string,
    private readonly port: number,
  ) {}

  static async create(): Promise<PostgresServer> {
    const programs = postgresFolder();
    if (programs === undefined) throw new Error('PostgreSQL is missing; run: node scripts/ensure-postgres.mjs');
    const server = new PostgresServer(programs, await freePort());
    server.#initialise();
    await server.start();
    await server.query('postgres', 'CREATE DATABASE gate');
    return server;
  }

  url(database = 'gate', login = 'postgres:secret-of-the-database'): string {
    return `postgres://${login}@127.0.0.1:${this.port}/${database}`;
  }

  async start(): Promise<void> {
    const args = ['-D', join(this.#folder, 'data'), '-p', String(this.port), '-h', '127.0.0.1', '-k', this.#folder];
    const [program = '', ...rest] = this.#asUser([join(this.programs, 'postgres'), ...args]);
    this.#child = this.#processes.start(program, rest, { cwd: this.#folder, logFile: join(this.#folder, 'log') });
    const untilMs = performance.now() + START_WITHIN_MS;
    for (;;) {
      try {
        await this.query('postgres', 'SELECT 1');
        return;
      } catch (error) {
        if (performance.now() > untilMs) throw error;
        await sleep(50);
      }
    }
  }

  /** At once, as in a crash. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child?.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGQUIT');
    await ended;
  }

  async query<T extends object>(database: string, sql: string, values: unknown[] = []): Promise<T[]> {
    const client = new Client({ connectionString: this.url(database) });
    // A server that is stopped ends it.
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<T>(sql, values)).rows;
    } finally {
      await client.end();
    }
  }

  async close(): Promise<void> {
    await this.#processes.killAll();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #initialise(): void {
    chmodSync(this.#folder, 0o755);
    if (process.getuid?.() === 0) chownSync(this.#folder, NOBODY, NOBODY);
    const data = join(this.#folder, 'data');
    const args = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
    const [program = '', ...rest] = this.#asUser([join(this.programs, 'initdb'), ...args]);
    const { status, stderr } = spawnSync(program, rest, { encoding: 'utf8', cwd: this.#folder });
    if (status !== 0) throw new Error(`initdb failed: ${stderr}`);
  }

  #asUser(command: readonly string[]): readonly string[] {
    if (process.getuid?.() !== 0) return command;
    return ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--', ...command];
  }
}
