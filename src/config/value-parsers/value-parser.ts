import { ValidateBy } from 'class-validator';

/** How the value of a variable is read from text, what is allowed, and how a message describes it. */
export interface ValueParser<T> {
  /** The typed value, or `null` when the text cannot be one. Only the checks decide whether the value is allowed. */
  readonly parse: (text: string) => T | null;
  /** class-validator's decorators for the parsed value. Each list refuses `null`. */
  readonly checks: readonly PropertyDecorator[];
  readonly allowed: string;
  /** A secret is never shown, and may come from a file named by `<variable>_FILE`. */
  readonly secret?: true;
}

/** A class-validator decorator from a predicate. With `each` it looks at every member of a list. */
export function satisfies(predicate: (value: never) => boolean, each = false): PropertyDecorator {
  const validate = (value: unknown): boolean => value !== null && predicate(value as never);
  return ValidateBy({ name: 'satisfies', validator: { validate } }, { each });
}
