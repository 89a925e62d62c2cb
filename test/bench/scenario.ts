import type { TempResources } from '../harness/temp-resources.js';
import type { LatencySummary } from './latencies.js';
import type { BenchNode } from './node.js';

export const EFFORTS = ['quick', 'normal', 'full'] as const;
/** How much is measured: a smoke of seconds, minutes, or everything at the length the targets speak of. */
export type Effort = (typeof EFFORTS)[number];

export interface Bench {
  readonly resources: TempResources;
  readonly effort: Effort;
  /** The built program (`main.js`) of an earlier version, which is measured too where a scenario compares the two. */
  readonly before?: string | undefined;
  /** What the measured programs run on. */
  readonly node: BenchNode;
  /** Reports what is being measured. */
  progress(text: string): void;
}

/** What a scenario found: a table for people, figures by name for the targets, curves for the plot. */
export interface Finding {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly figures: Readonly<Record<string, number>>;
  readonly curves?: readonly { readonly label: string; readonly curve: LatencySummary['curve'] }[];
  /** What went wrong without ending the run: plans without a result, results other than wanted. */
  readonly faults?: readonly string[];
}

export interface Scenario {
  readonly name: string;
  readonly about: string;
  /** It measures what people run, which is the image. */
  readonly isOnImageNode?: boolean;
  run(bench: Bench): Promise<Finding>;
}

export const ms = (value: number): string => (Number.isFinite(value) ? `${value.toFixed(value < 10 ? 2 : 1)} ms` : '–');
export const perSec = (value: number): string => `${Math.round(value)}/s`;

/** The value for an effort. */
export function by<T>(effort: Effort, values: Readonly<Record<Effort, T>>): T {
  return values[effort];
}
