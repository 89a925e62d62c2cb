import { Decimal, toPlainString } from './0-decimal.js';

export type JsonValue = string | number | boolean | null | Decimal | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

/** Messages of this system have only a few levels; a few thousand levels would overflow the stack of a writer. */
const MAX_NESTING = 32;

function nestedWithin(value: unknown, levels: number): boolean {
  if (value === null || typeof value !== 'object') return true;
  return levels > 0 && Object.values(value).every((member) => nestedWithin(member, levels - 1));
}

/** The value of a JSON text; `undefined` when the text is not JSON or is nested too deep. */
export function decodeJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return nestedWithin(value, MAX_NESTING) ? value : undefined;
}

/** The value of a JSON text; a text that is no JSON is shown as it is: somebody else wrote it. */
export function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

/** A JSON object: neither `null` nor a list. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** A number other than `NaN`, `Infinity` and `1e999`. */
export function isFiniteNumber(value: unknown): value is number {
  return Number.isFinite(value);
}

/** Whether {@link encodeJson} can write what {@link decodeJson} read, where `1e999` is `Infinity`. */
export function isWritable(value: unknown): value is JsonValue {
  if (typeof value === 'number') return isFiniteNumber(value);
  return value === null || typeof value !== 'object' || Object.values(value).every(isWritable);
}

/** JSON text in which decimals are plain numbers: no exponent, no float noise. Undefined members are left out. */
export function encodeJson(value: JsonValue): string {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new RangeError(`${value} has no JSON form`);
    const text = String(value);
    return text.includes('e') || Object.is(value, -0) ? new Decimal(value).toFixed() : text;
  }
  if (Array.isArray(value)) return `[${value.map(encodeJson).join(',')}]`;
  if (value instanceof Decimal) return toPlainString(value);
  let members = '';
  for (const [key, member] of Object.entries(value as JsonObject)) {
    if (member !== undefined) members += `${members === '' ? '' : ','}${JSON.stringify(key)}:${encodeJson(member)}`;
  }
  return `{${members}}`;
}
