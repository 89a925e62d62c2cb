import { queryClient } from './queries.js';
import { type GateEvent, live, recentEvents } from './live-state.js';

/** With the newest from before, for who has just opened the page. Last-Event-ID comes first where the browser sends it. */
const ADDRESS = '/api/v1/events?last=100';
const MOST_RECENT = 300;
/** A browser gives up where the answer is an error; it is asked again after that long. */
const AGAIN_MS = 5_000;
/** Many events make one read, not many. */
const GATHER_MS = 250;
const EVERY_MS = 1_000;

const READS: Readonly<Record<string, readonly string[]>> = {
  'plan.published': ['plans', 'plan', 'approvals', 'positions'],
  'permit.issued': ['plan'],
  'permit.denied': ['plan', 'approvals'],
  'order.sent': ['plan', 'plans', 'positions'],
  'result.recorded': ['plan', 'plans', 'positions', 'limits', 'ratio', 'status'],
  'control.changed': ['status', 'kill-switch', 'positions', 'audit'],
  'hold.changed': ['positions', 'status'],
  'fleet.changed': ['status'],
  'events.gap': ['plan', 'plans', 'positions', 'limits', 'status', 'kill-switch', 'approvals'],
  state: ['status', 'kill-switch'],
};

let source: EventSource | undefined;
let again: ReturnType<typeof setTimeout> | undefined;
let gathering: ReturnType<typeof setTimeout> | undefined;
let numbered = 0;
const arrived: GateEvent[] = [];
const due = new Set<string>();
const readMs = new Map<string, number>();

/** Events from now on, for as long as somebody is signed in. The browser sends Last-Event-ID when it comes back by itself. */
export function followEvents(): void {
  if (source !== undefined) return;
  clearTimeout(again);
  // Also those that come again.
  recentEvents.set([]);
  live.set({ state: 'connecting' });
  const opened = new EventSource(ADDRESS);
  source = opened;
  opened.addEventListener('open', () => live.set({ state: 'live' }));
  opened.addEventListener('error', () => {
    live.set({ state: 'polling' });
    if (opened.readyState !== EventSource.CLOSED) return;
    source = undefined;
    again = setTimeout(followEvents, AGAIN_MS);
  });
  for (const type of Object.keys(READS)) {
    opened.addEventListener(type, ({ data }: MessageEvent<string>) => take(type, data));
  }
}

export function stopEvents(): void {
  clearTimeout(again);
  source?.close();
  source = undefined;
  recentEvents.set([]);
  live.set({ state: 'off' });
}

function take(type: string, data: string): void {
  const event = parsed(data);
  if (event === undefined) return;
  for (const key of READS[type] ?? []) due.add(key);
  arrived.push({ ...event, type });
  if (arrived.length > MOST_RECENT) arrived.shift();
  gathering ??= setTimeout(pass, GATHER_MS);
}

/** What is no object is no event, and is left out; the reads find what it was about. */
function parsed(data: string): GateEvent | undefined {
  try {
    const value: unknown = JSON.parse(data);
    return value !== null && typeof value === 'object' ? (value as GateEvent) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function pass(): void {
  gathering = undefined;
  const shown = arrived.splice(0).map((event) => ({ ...event, key: ++numbered }));
  if (shown.length > 0) recentEvents.set([...shown.toReversed(), ...recentEvents.get()].slice(0, MOST_RECENT));
  const nowMs = performance.now();
  for (const key of due) {
    if (nowMs - (readMs.get(key) ?? -EVERY_MS) < EVERY_MS) continue;
    due.delete(key);
    readMs.set(key, nowMs);
    void queryClient.invalidateQueries({ queryKey: [key] });
  }
  if (due.size > 0) gathering ??= setTimeout(pass, GATHER_MS);
}
