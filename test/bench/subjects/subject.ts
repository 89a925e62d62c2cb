import type { Fields } from '../../../src/flow/0-primitives.js';

export const SUBJECTS = ['floor', 'guide', 'ours'] as const;
/**
 * What is measured side by side: `floor` does the bare Redis round trips of the same shape and checks nothing, `guide`
 * waits as the deployment guide does, `ours` is this program.
 */
export type SubjectName = (typeof SUBJECTS)[number];

/** Something that turns proposals of the proposal stream into plans, permits and results. */
export interface Subject {
  readonly name: SubjectName | 'bullmq';
  /** Its processes, without Redis and without the exchange. */
  readonly pids: readonly number[];
  /** Where they answer over HTTP, if they do. */
  readonly urls: readonly string[];
  /** From the start of its processes until it was ready to work. */
  readonly readyAfterMs: number;
  /** The plan that a proposal becomes. */
  planIdOf(symbol: string, proposal: Fields): string;
  /** Whether a result is the expected one for a proposal of the load. */
  isWanted(result: Fields): boolean;
  /** Drops what its log holds: a long run would fill the disk. */
  forgetLog(): void;
  stop(): Promise<void>;
}
