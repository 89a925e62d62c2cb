import { createStore } from '../parts/store.js';

export interface GateEvent {
  readonly type: string;
  readonly at_ms: number;
  readonly [field: string]: unknown;
}

export interface LiveState {
  /** off: nobody has signed in. */
  readonly state: 'off' | 'connecting' | 'live' | 'polling';
}

export const live = createStore<LiveState>({ state: 'off' });

/** The newest events, newest first. */
export const recentEvents = createStore<readonly (GateEvent & { readonly key: number })[]>([]);
