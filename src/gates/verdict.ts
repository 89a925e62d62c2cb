import type { JsonObject } from '../flow/0-json.js';

export type Denial<R extends string> = { readonly allow: false; readonly reason: R; readonly context: JsonObject };
/** The verdict of a gate: allow, or deny with one reason of a closed set and the figures behind it. */
export type Verdict<R extends string> = { readonly allow: true } | Denial<R>;

export const ALLOW = { allow: true } as const;

export function deny<R extends string>(reason: R, context: JsonObject = {}): Denial<R> {
  return { allow: false, reason, context };
}

/** The first gate that denies is the verdict; the order of the list is the order of the checks. */
export function firstDenial<I, R extends string>(gates: readonly ((input: I) => Verdict<R>)[], input: I): Verdict<R> {
  for (const gate of gates) {
    const verdict = gate(input);
    if (!verdict.allow) return verdict;
  }
  return ALLOW;
}
