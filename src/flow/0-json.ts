import { Decimal, plain } from './0-decimal.js';

export type JsonValue = string | number | boolean | null | Decimal | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

function isDecimal(value: object): value is Decimal {
  return 'toFixed' in value && 'isFinite' in value;
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
  if (isDecimal(value)) return plain(value);
  const members = Object.entries(value as JsonObject).flatMap(([key, member]) =>
    member === undefined ? [] : [`${JSON.stringify(key)}:${encodeJson(member)}`],
  );
  return `{${members.join(',')}}`;
}
