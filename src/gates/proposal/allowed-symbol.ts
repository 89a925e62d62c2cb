import { ALLOW, deny, type Verdict } from '../verdict.js';

/** Only symbols in the allowlist are traded. */
export function allowedSymbol(input: {
  readonly symbol: string;
  readonly allowlist: ReadonlySet<string>;
}): Verdict<'not_in_allowlist'> {
  return input.allowlist.has(input.symbol)
    ? ALLOW
    : deny('not_in_allowlist', { symbol: input.symbol, allowlist: [...input.allowlist] });
}
