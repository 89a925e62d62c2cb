import type { JSX } from 'preact';
import { Badge, type Tone } from '../parts/bits.js';

export const PLAN_STATES = [
  'PUBLISHED',
  'WAITING',
  'CLAIMED',
  'UNKNOWN',
  'FILLED',
  'PARTLY_FILLED',
  'PLACED',
  'REJECTED',
  'BLOCKED',
  'SKIPPED',
  'EXPIRED',
  'NOT_FOUND',
] as const;

const TONES: Readonly<Record<string, Tone>> = {
  FILLED: 'good',
  PARTLY_FILLED: 'good',
  PLACED: 'good',
  UNKNOWN: 'bad',
  REJECTED: 'bad',
  NOT_FOUND: 'warn',
  BLOCKED: 'warn',
  EXPIRED: 'warn',
};

export function PlanState({ state }: { state: string }): JSX.Element {
  return <Badge tone={TONES[state] ?? 'plain'}>{state}</Badge>;
}
