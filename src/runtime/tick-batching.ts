/**
 * Work for the end of a tick of the event loop, when all present input has been processed. It never waits for
 * more. In this order: writes that a caller waits for, requests to read more, reports of finished work
 * (log lines, metrics), and callers that waited a whole tick.
 */
interface Tick {
  readonly writes: (() => void)[];
  readonly reads: (() => void)[];
  readonly reports: (() => void)[];
  readonly lowPriority: (() => void)[];
}

const emptyTick = (): Tick => ({ writes: [], reads: [], reports: [], lowPriority: [] });

let tick = emptyTick();
/** Callers from the tick before. */
let due: (() => void)[] = [];
let isEnding = false;

export type Urgency = 'writes' | 'reads' | 'reports';

/**
 * Runs a step when this tick ends; steps that nobody waits for come last. A step must not throw: nobody
 * would catch it.
 */
export function deferToTickEnd(urgency: Urgency, step: () => void): void {
  endSoon();
  tick[urgency].push(step);
}

/**
 * Resolves when the event loop has polled for input once more. For work that is not urgent: answers that have arrived are
 * processed first. All callers of one tick continue together, so that their writes leave together.
 */
export function afterNextPoll(): Promise<void> {
  endSoon();
  return new Promise((resolve) => tick.lowPriority.push(resolve));
}

function endSoon(): void {
  if (isEnding) return;
  isEnding = true;
  setImmediate(endTurn);
}

function endTurn(): void {
  isEnding = false;
  const { writes, reads, reports, lowPriority } = tick;
  const goOn = due;
  tick = emptyTick();
  due = lowPriority;
  if (due.length > 0) endSoon();
  for (const step of [...writes, ...reads, ...reports, ...goOn]) step();
}
