/** One kind of value: how it is read from text, which values are allowed, and how that is said to a person. */
export interface Kind<T> {
  /** The typed value, or `undefined` when the text is not of this kind at all. */
  readonly read: (text: string) => T | undefined;
  /** class-validator's decorators for the typed value; they leave `undefined` to optional properties. */
  readonly rules: readonly PropertyDecorator[];
  readonly allowed: string;
  /** A secret is never shown, and may come from a file named by `<variable>_FILE`. */
  readonly secret?: true;
}
