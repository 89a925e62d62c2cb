import type { Fields } from '../../flow/0-primitives.js';
import type { ArchivedPlan, ArchiveReader, DenialCount, PlanRange } from './archive-reader.js';
import { type ArchivedEntry, type Kind, KINDS } from './archived-entry.js';
import { PostgresConnection } from './postgres-connection.js';

interface Row {
  readonly kind: Kind;
  readonly id: string;
  readonly at: Date;
  readonly symbol: string;
  readonly plan_id: string;
  readonly attempt: number;
  readonly fields: Fields;
  readonly too_large_bytes: string | null;
}

interface PlanRow extends Row {
  readonly result_id: string | null;
  readonly result_at: Date;
  readonly result_fields: Fields;
}

const COLUMNS = 'id, at, symbol, plan_id, attempt, fields, too_large_bytes';
const TABLE_OF = { plan: 'plans', verdict: 'verdicts', result: 'results', control: 'control' } as const;

const entryOf = ({ kind, id, at, symbol, plan_id: planId, attempt, fields, ...row }: Row): ArchivedEntry => ({
  kind,
  id,
  atMs: at.getTime(),
  symbol,
  planId,
  attempt,
  fields,
  tooLargeBytes: row.too_large_bytes === null ? undefined : Number(row.too_large_bytes),
});

/** Reads the tables of the archive, on a connection of its own. */
export class PostgresReader implements ArchiveReader {
  readonly #connection: PostgresConnection;

  constructor(
    url: string,
    private readonly deployment: string,
  ) {
    this.#connection = new PostgresConnection(url, false);
  }

  async plans({ symbol, sinceMs, after, limit }: PlanRange): Promise<readonly ArchivedPlan[]> {
    const ofSymbol = symbol === undefined ? '' : 'AND p.symbol = $6';
    const sql = `
      SELECT 'plan' AS kind, p.id, p.at, p.symbol, p.plan_id, p.attempt, p.fields, p.too_large_bytes,
             r.id AS result_id, r.at AS result_at, r.fields AS result_fields
      FROM plans p
      LEFT JOIN LATERAL (
        SELECT id, at, fields FROM results
        WHERE deployment = p.deployment AND plan_id = p.plan_id AND attempt = p.attempt ORDER BY at DESC LIMIT 1
      ) r ON true
      WHERE p.deployment = $1 AND p.at >= $2 AND p.at <= $3 AND (p.at, p.plan_id) < ($3, $4) ${ofSymbol}
        AND NOT EXISTS (
          SELECT 1 FROM plans newer
          WHERE newer.deployment = p.deployment AND newer.plan_id = p.plan_id AND newer.attempt > p.attempt
        )
      ORDER BY p.at DESC, p.plan_id DESC LIMIT $5`;
    const values = [this.deployment, new Date(sinceMs), new Date(after.publishedMs), after.planId, limit];
    const found = await this.#rows<PlanRow>(sql, symbol === undefined ? values : [...values, symbol]);
    return found.map((row) => {
      const plan = entryOf(row);
      const { result_id: id, result_at: at, result_fields: fields } = row;
      return { plan, result: id === null ? undefined : { ...plan, kind: 'result', id, atMs: at.getTime(), fields } };
    });
  }

  async plan(planId: string): Promise<readonly ArchivedEntry[]> {
    // Of control changes only few name a plan, and none belongs to its life.
    const parts = KINDS.filter((kind) => kind !== 'control').map(
      (kind) => `SELECT '${kind}' AS kind, ${COLUMNS} FROM ${TABLE_OF[kind]} WHERE deployment = $1 AND plan_id = $2`,
    );
    const found = await this.#rows<Row>(`${parts.join(' UNION ALL ')} ORDER BY at`, [this.deployment, planId]);
    return found.map(entryOf);
  }

  async denials(fromMs: number, untilMs: number): Promise<readonly DenialCount[]> {
    const sql = `
      SELECT symbol, error, reason, count(*) AS count FROM results
      WHERE deployment = $1 AND at >= $2 AND at < $3 AND error <> ''
      GROUP BY symbol, error, reason ORDER BY count(*) DESC, symbol, error, reason`;
    const values = [this.deployment, new Date(fromMs), new Date(untilMs)];
    const found = await this.#rows<Omit<DenialCount, 'count'> & { readonly count: string }>(sql, values);
    return found.map((row) => ({ ...row, count: Number(row.count) }));
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  #rows<T extends object>(sql: string, values: readonly unknown[]): Promise<T[]> {
    return this.#connection.run(async (client) => (await client.query<T>(sql, [...values])).rows);
  }
}
