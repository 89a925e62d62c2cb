import { Decimal } from './decimal.js';
import { refuse } from './wire-error.js';

const DECIMAL = /^-?\d{1,20}(\.\d{1,20})?$/;
const INTEGER = /^\d{1,16}$/;

/**
 * The parameters of one request, from query string and body together. A name sent in both takes the query's value, as
 * Binance documents; an empty value counts as not sent.
 */
export class Params {
  private readonly values: ReadonlyMap<string, string>;

  constructor(entries: Iterable<readonly [string, string]>) {
    this.values = new Map([...entries].filter(([, value]) => value !== ''));
  }

  static parse(query: string, body: string): Params {
    return new Params([...new URLSearchParams(body), ...new URLSearchParams(query)]);
  }

  text(name: string): string | undefined {
    return this.values.get(name);
  }

  requiredText(name: string): string {
    const value = this.values.get(name);
    if (value === undefined) throw refuse.missing(name);
    return value;
  }

  decimal(name: string): Decimal | undefined {
    const value = this.values.get(name);
    if (value === undefined) return undefined;
    if (!DECIMAL.test(value)) throw refuse.illegalChars(name, '^([0-9]{1,20})(\\.[0-9]{1,20})?$');
    return new Decimal(value);
  }

  requiredDecimal(name: string): Decimal {
    const value = this.decimal(name);
    if (value === undefined) throw refuse.missing(name);
    return value;
  }

  integer(name: string): number | undefined {
    const value = this.values.get(name);
    if (value === undefined) return undefined;
    if (!INTEGER.test(value)) throw refuse.illegalChars(name, '^[0-9]{1,20}$');
    return Number(value);
  }

  flag(name: string): boolean {
    const value = this.values.get(name)?.toLowerCase();
    if (value === undefined || value === 'false') return false;
    if (value === 'true') return true;
    throw refuse.invalidParameter(name);
  }

  /** Everything except the signature, for the record of requests. */
  visible(): Record<string, string> {
    return Object.fromEntries([...this.values].filter(([name]) => name !== 'signature'));
  }
}
