import { readdirSync, readFileSync } from 'node:fs';
import type { Client } from 'pg';
import { ArchiveUnavailable } from './archived-entry.js';

const FOLDER = new URL('sql/', import.meta.url);
/** Held while the tables are made: two processes may begin at once. */
const LOCK = 7_046_917_341;

interface Migration {
  readonly number: number;
  readonly name: string;
}

const migrations = (): readonly Migration[] =>
  readdirSync(FOLDER)
    .filter((name) => /^\d{4}-[\w-]+\.sql$/.test(name))
    .toSorted()
    .map((name) => ({ number: Number(name.slice(0, 4)), name }));

/**
 * Makes the tables that are missing, all or nothing. A user that may not make tables needs none of the rights for that once they are there.
 */
export async function migrate(client: Client): Promise<void> {
  const { rows: encodings } = await client.query<{ server_encoding: string }>('SHOW server_encoding');
  const encoding = encodings[0]?.server_encoding ?? '';
  if (encoding !== 'UTF8')
    throw new ArchiveUnavailable(`the database has the encoding ${encoding}; make it with ENCODING 'UTF8'`);
  const known = migrations();
  if (missingOf(known, await applied(client)).length === 0) return;
  await client.query('BEGIN');
  await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
  // Another process may have made them meanwhile.
  for (const { number, name } of missingOf(known, await applied(client))) {
    await client.query(readFileSync(new URL(name, FOLDER), 'utf8'));
    await client.query('INSERT INTO permit_gate_migrations (number, name) VALUES ($1, $2)', [number, name]);
  }
  await client.query('COMMIT');
}

/** What a database has of what this version needs. Changes nothing. */
export async function migrationState(client: Client): Promise<{
  readonly encoding: string;
  readonly applied: number;
  readonly known: number;
  /** Whether this user may do what is to be done: write the tables, or make them. */
  readonly mayWrite: boolean;
}> {
  const known = migrations();
  const done = await applied(client);
  const missing = missingOf(known, done).length;
  const right =
    done.size === 0
      ? "has_schema_privilege(current_schema(), 'CREATE')"
      : "(SELECT bool_and(has_table_privilege(t, 'INSERT') AND has_table_privilege(t, 'SELECT')) FROM unnest($1::text[]) t)";
  const values = done.size === 0 ? [] : [['plans', 'verdicts', 'results', 'control']];
  const { rows } = await client.query<{ encoding: string; may: boolean | null }>(
    `SELECT current_setting('server_encoding') AS encoding, ${right} AS may`,
    values,
  );
  const [found] = rows;
  return {
    encoding: found?.encoding ?? '',
    applied: known.length - missing,
    known: known.length,
    mayWrite: found?.may === true,
  };
}

const missingOf = (known: readonly Migration[], done: ReadonlySet<number>): readonly Migration[] =>
  known.filter(({ number }) => !done.has(number));

/** Which were applied; none where the table that says so is missing, which the first one makes. */
async function applied(client: Client): Promise<ReadonlySet<number>> {
  const { rows: found } = await client.query<{ there: boolean }>(
    "SELECT to_regclass('permit_gate_migrations') IS NOT NULL AS there",
  );
  if (found[0]?.there !== true) return new Set();
  const { rows } = await client.query<{ number: number }>('SELECT number FROM permit_gate_migrations');
  return new Set(rows.map(({ number }) => number));
}
