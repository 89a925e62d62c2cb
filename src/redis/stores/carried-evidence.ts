import { decodeJson } from '../../flow/0-json.js';

/** The texts of a plan's evidence are short; a longer one was not written by this system. */
const LONGEST = 4_096;

/** Of each row: how many values it has, or that it is one text. */
export type RowShape = readonly (number | 'text')[];
type Values = readonly (string | null)[];

/**
 * The rows of evidence that a plan carries as JSON, as the script that reads evidence answers them: a missing value is `null`.
 * `undefined` for every other text; the evidence is then read. What it says is only believed by a script that compares it with the keys.
 */
export function carriedRows(text: string, shape: RowShape): readonly (string | Values)[] | undefined {
  if (text.length > LONGEST) return undefined;
  const rows: unknown = decodeJson(text);
  if (!Array.isArray(rows) || rows.length !== shape.length) return undefined;
  const read = rows.map((row: unknown, at) => (shape[at] === 'text' ? textIn(row) : valuesIn(row, shape[at] ?? 0)));
  return read.every((row) => row !== undefined) ? read : undefined;
}

const textIn = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** Lua has no null in a list: a missing value is `false`, and a list without any value is an object without any. */
function valuesIn(row: unknown, count: number): Values | undefined {
  if (!Array.isArray(row) || row.length !== count) return undefined;
  const values = row.map((value: unknown) => (value === false ? null : value));
  return values.every((value) => value === null || typeof value === 'string') ? values : undefined;
}
