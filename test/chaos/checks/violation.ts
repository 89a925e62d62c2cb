/** A guarantee that did not hold. */
export interface Violation {
  readonly invariant: string;
  readonly what: string;
  /** The plans whose traces have the details. */
  readonly plans: readonly string[];
}

export function violation(invariant: string, what: string, ...plans: readonly string[]): Violation {
  return { invariant, what, plans };
}
