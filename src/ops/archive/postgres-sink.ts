import type { Client } from 'pg';
import { type ArchivedEntry, type ArchiveSink, type Kind, KINDS, memberOf, wordOf } from './archived-entry.js';
import { PostgresConnection } from './postgres-connection.js';

type Column = readonly [name: string, type: string, value: (entry: ArchivedEntry) => string | number | null];

const field = (name: string): Column => [name, 'text', (entry) => wordOf(entry, name)];
const ofPermit = (name: string): Column => [name, 'text', ({ fields }) => memberOf(fields['permit'], name)];

const OF_ALL: readonly Column[] = [
  ['id', 'text', ({ id }) => id],
  ['at', 'timestamptz', ({ atMs }) => new Date(atMs).toISOString()],
  ['symbol', 'text', ({ symbol }) => symbol],
  ['plan_id', 'text', ({ planId }) => planId],
  ['attempt', 'integer', ({ attempt }) => attempt],
  ['fields', 'json', ({ fields }) => JSON.stringify(fields)],
  ['too_large_bytes', 'bigint', ({ tooLargeBytes }) => tooLargeBytes ?? null],
];

const TABLES: Readonly<Record<Kind, { readonly table: string; readonly columns: readonly Column[] }>> = {
  plan: { table: 'plans', columns: [...OF_ALL, field('action'), field('decision')] },
  verdict: { table: 'verdicts', columns: [...OF_ALL, field('issuer'), field('verdict'), ofPermit('reason')] },
  result: {
    table: 'results',
    columns: [...OF_ALL, field('decision'), field('state'), field('error'), field('reason')],
  },
  control: { table: 'control', columns: [...OF_ALL, field('event'), field('reason')] },
};

const inserting = ({ table, columns }: (typeof TABLES)[Kind]): string =>
  `INSERT INTO ${table} (deployment, ${columns.map(([name]) => name).join(', ')})
   SELECT $1, * FROM unnest(${columns.map(([, type], at) => `$${at + 2}::${type}[]`).join(', ')})
   ON CONFLICT (deployment, id) DO NOTHING`;

/** One table for each kind. Its key is the id of the entry, so one that is delivered again is not stored again. */
export class PostgresSink implements ArchiveSink {
  readonly #connection: PostgresConnection;

  constructor(
    url: string,
    private readonly deployment: string,
  ) {
    this.#connection = new PostgresConnection(url, true);
  }

  async write(entries: readonly ArchivedEntry[]): Promise<void> {
    await this.#connection.run(async (client) => {
      await client.query('BEGIN');
      // A database may be set up to answer before the disk has it.
      await client.query('SET LOCAL synchronous_commit = on');
      for (const kind of KINDS)
        await this.#insert(
          client,
          kind,
          entries.filter((entry) => entry.kind === kind),
        );
      await client.query('COMMIT');
    });
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async #insert(client: Client, kind: Kind, entries: readonly ArchivedEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const { columns } = TABLES[kind];
    const values = columns.map(([, , value]) => entries.map(value));
    await client.query(inserting(TABLES[kind]), [this.deployment, ...values]);
  }
}
