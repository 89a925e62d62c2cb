/**
 * What is done at the end of a turn of the event loop: when all input that was there has been looked at. It never waits for
 * more to come. In this order: writes that somebody waits for, requests for more to read, what is told of deeds that are done
 * (log lines, metrics), and whoever waited a whole turn.
 */
interface Turn {
  readonly writes: (() => void)[];
  readonly reads: (() => void)[];
  readonly reports: (() => void)[];
  readonly lowPriority: (() => void)[];
}

const emptyTurn = (): Turn => ({ writes: [], reads: [], reports: [], lowPriority: [] });

let turn = emptyTurn();
/** Who asked in the turn before. */
let due: (() => void)[] = [];
let isEnding = false;

export type Urgency = 'writes' | 'reads' | 'reports';

/**
 * Does something when this turn ends; what nobody waits for goes after what somebody does. A step must not throw: nobody
 * would catch it.
 */
export function deferToTickEnd(urgency: Urgency, step: () => void): void {
  endSoon();
  turn[urgency].push(step);
}

/**
 * Resolves when the event loop has looked for input once more. For what is not urgent: answers that are here already are
 * taken first. All who asked in one turn go on together, so that what they write leaves together.
 */
export function afterNextPoll(): Promise<void> {
  endSoon();
  return new Promise((resolve) => turn.lowPriority.push(resolve));
}

function endSoon(): void {
  if (isEnding) return;
  isEnding = true;
  setImmediate(endTurn);
}

function endTurn(): void {
  isEnding = false;
  const { writes, reads, reports, lowPriority } = turn;
  const goOn = due;
  turn = emptyTurn();
  due = lowPriority;
  if (due.length > 0) endSoon();
  for (const step of [...writes, ...reads, ...reports, ...goOn]) step();
}
