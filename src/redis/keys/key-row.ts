export type Principal = 'strategy' | 'apply' | 'governor' | 'position-brain' | 'operator' | 'every role' | 'backup';

export interface KeyRow {
  /** After the prefix; `<…>` are the variable parts. */
  readonly pattern: string;
  readonly type: 'string' | 'hash' | 'list' | 'stream' | 'zset';
  readonly life: string;
  readonly writers: readonly Principal[];
  readonly readers: readonly Principal[];
  /** Who may only delete or trim. */
  readonly removers: readonly Principal[];
  readonly content: string;
  /** True if the guide's services also use the key; its name and format must not change. */
  readonly shared: boolean;
}

/** Keys that all deployments on one Redis share begin with a hash tag of their own, not with the prefix of one of them. */
export const isOutsidePrefix = (pattern: string): boolean => pattern.startsWith('{');

/** One row of the table of keys. */
export const row = <const P extends string>(
  pattern: P,
  type: KeyRow['type'],
  life: string,
  writers: readonly Principal[],
  readers: readonly Principal[],
  content: string,
  shared = false,
  removers: readonly Principal[] = [],
) => ({ pattern, type, life, writers, readers, removers, content, shared });
