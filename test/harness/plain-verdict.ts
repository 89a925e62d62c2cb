import { Decimal } from '../../src/flow/0-decimal.js';
import type { JsonObject } from '../../src/flow/0-json.js';

type PlainVerdict = 'allow' | readonly [reason: string, context: Readonly<Record<string, unknown>>];

/** A verdict as a test compares it: the reason with its whole context, decimals as text. */
export function plainVerdict(
  verdict: { readonly allow: true } | { readonly allow: false; readonly reason: string; readonly context: JsonObject },
): PlainVerdict {
  if (verdict.allow) return 'allow';
  const context = Object.entries(verdict.context).map(([name, value]) => [
    name,
    Decimal.isDecimal(value) ? value.toFixed() : value,
  ]);
  return [verdict.reason, Object.fromEntries(context) as Record<string, unknown>];
}
