// @ts-check
/** Writes values as the Python services do: `True`, `None`, `0.0`, `1e-05`, and JSON with a space after each comma and colon. */

/** A Python `float`: a number that always shows a point or an exponent. */
export class Float {
  /** @param {number} value */
  constructor(value) {
    this.value = value;
  }
}

/** @param {number | string | null | undefined} value */
export const float = (value) => new Float(Number(value));

/** Python's `int(text)`, which refuses a fraction. @param {string | undefined} text */
export function int(text) {
  const trimmed = (text ?? '').trim();
  if (!/^[+-]?\d+$/.test(trimmed)) throw new Error(`ValueError: invalid literal for int() with base 10: '${trimmed}'`);
  return Number(trimmed);
}

/** @param {number} value */
function repr(value) {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power < -4 || power >= 16) return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  const plain = String(value);
  return plain.includes('.') ? plain : `${plain}.0`;
}

/** Python's `str(value)`. @param {string | number | boolean | Float | null | undefined} value @returns {string} */
export function str(value) {
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  return value instanceof Float ? repr(value.value) : String(value);
}

/** Python's `json.dumps(value)`: whole numbers are integers, a {@link Float} is not. @param {unknown} value @returns {string} */
export function dumps(value) {
  if (value instanceof Float) return repr(value.value);
  if (Array.isArray(value)) return `[${value.map(dumps).join(', ')}]`;
  if (value === null || value === undefined) return 'null';
  if (typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, member]) => `${JSON.stringify(name)}: ${dumps(member)}`)
    .join(', ')}}`;
}

/** Python's `round(value)`: a half goes to the even neighbour. @param {number} value */
export function round(value) {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
