/** What is different about one setting. */
export type DifferenceKind =
  | 'same'
  | 'format'
  | 'given_twice'
  | 'renamed'
  | 'other_meaning'
  | 'no_counterpart'
  | 'not_allowed'
  | 'unknown'
  | 'other_default'
  | 'needed';

export interface Difference {
  /** The variable as the file has it; for a default, ours. */
  readonly variable: string;
  /** The value, quoted; `[set]` for a secret, `not set`. */
  readonly given: string;
  /** Where it is given, such as `governor.env:12`; `""` for what is not set. */
  readonly place: string;
  readonly kind: DifferenceKind;
  /** Whether something must be changed before the old files can be used. */
  readonly mustChange: boolean;
  /** What to write or do; `""` for nothing. */
  readonly remedy: string;
  readonly why: string;
}
