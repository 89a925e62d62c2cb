import type { Client } from 'pg';
import { ArchiveUnavailable } from './archived-entry.js';
import { migrate } from './postgres-migrations.js';

const CONNECT_MS = 3_000;
/** Below the lease of the process that writes. */
const QUERY_MS = 5_000;

/** Host, port and database of an address, without its login. */
export function placeOf(url: string): string {
  const { hostname, port, pathname, searchParams } = new URL(url);
  const host = hostname === '' ? (searchParams.get('host') ?? '') : hostname;
  return `${host}${port === '' ? '' : `:${port}`}${decodeURIComponent(pathname)}`;
}

/** One connection to the database, opened when it is needed, and again after a failure. Its work is done one after the other. */
export class PostgresConnection {
  readonly place: string;
  #client: Client | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly url: string,
    /** Whether the tables are made if they are missing. */
    private readonly migrates: boolean,
  ) {
    this.place = placeOf(url);
  }

  /** Throws {@link ArchiveUnavailable}; then the connection is a new one. */
  run<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const after = this.#last.then(() => this.#attempt(work));
    this.#last = after.catch(() => undefined);
    return after;
  }

  async close(): Promise<void> {
    await this.#last;
    const client = this.#client;
    this.#client = undefined;
    await client?.end();
  }

  async #attempt<T>(work: (client: Client) => Promise<T>): Promise<T> {
    try {
      return await work((this.#client ??= await this.#connect()));
    } catch (error) {
      this.#drop();
      if (error instanceof ArchiveUnavailable) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new ArchiveUnavailable(`the database ${this.place} cannot be used: ${why}`, { cause: error });
    }
  }

  async #connect(): Promise<Client> {
    // Only who uses it loads it.
    const { default: pg } = await import('pg');
    const client = new pg.Client({
      connectionString: this.url,
      application_name: 'permit-gate',
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: QUERY_MS,
      statement_timeout: QUERY_MS,
      keepAlive: true,
    });
    // A connection that ends between two queries is found by the next one.
    client.on('error', () => this.#drop(client));
    try {
      await client.connect();
      if (this.migrates) await migrate(client);
      return client;
    } catch (error) {
      end(client);
      throw error;
    }
  }

  #drop(client = this.#client): void {
    if (client === undefined) return;
    if (this.#client === client) this.#client = undefined;
    end(client);
  }
}

/** Of a connection that is broken nothing else can be had. */
function end(client: Client): void {
  client.end().catch(() => undefined);
}
