import { setTimeout as sleep } from 'node:timers/promises';
import { proposalFields } from '../harness/proposals.js';
import type { History } from './history.js';
import type { Random } from './random.js';
import type { StampLog } from './stamps.js';

/** What a strategy asks for in one stamp. */
interface Ask {
  readonly action: string;
  readonly closePct?: string;
  readonly id: string;
}

/** One step of a strategy. `write`: a stamp, or no hash at all. */
interface Move {
  readonly write: Ask | 'delete';
  /** Waits until a plan of what stands was published, before it waits so long. */
  readonly afterPlan: boolean;
  readonly waitMs: number;
}

/** How a strategy behaves on a symbol of its own for a while. */
export interface Game {
  readonly name: 'hold' | 'delete' | 'replace' | 'restamp';
  readonly moves: readonly Move[];
}

const PLAN_WITHIN_MS = 900;
const CLOSES: readonly Omit<Ask, 'id'>[] = [
  { action: 'PARTIAL_25' },
  { action: 'PARTIAL_50' },
  { action: 'PARTIAL_75' },
  { action: 'CLOSE_PCT', closePct: '10' },
  { action: 'CLOSE_PCT', closePct: '33.3' },
];

/** Decides a game. `number` makes its ids differ from those of other games. */
export function gameOf(random: Random, number: number): Game {
  const name = random.weighted([
    [3, 'hold'],
    [3, 'delete'],
    [4, 'replace'],
    [3, 'restamp'],
  ] as const);
  const first: Ask = { ...random.pick(CLOSES), id: random.chance(0.3) ? '' : `game-${number}` };
  /** Between the plan and its claim there are a few milliseconds: most withdrawals are meant for them. */
  const soon = (): number => random.pick([0, 0, 0, 1, 3, 8, 20, 60, 250]);
  const later = (): number => random.pick([0, 40, 150, 400, 900]);
  const begin: Move = { write: first, afterPlan: false, waitMs: 0 };
  switch (name) {
    case 'hold':
    case 'delete': {
      const nothing = name === 'delete' ? 'delete' : ({ ...first, action: 'HOLD' } as const);
      return {
        name,
        moves: [
          begin,
          { write: nothing, afterPlan: true, waitMs: soon() },
          { write: first, afterPlan: false, waitMs: later() },
          ...(random.chance(0.5) ? [{ write: nothing, afterPlan: true, waitMs: soon() } as const] : []),
        ],
      };
    }
    case 'replace': {
      const other: Ask = random.chance(0.5)
        ? { ...first, id: `game-${number}-other` }
        : { ...random.pick(CLOSES.filter(({ action }) => action !== first.action)), id: first.id };
      return {
        name,
        moves: [
          begin,
          { write: other, afterPlan: true, waitMs: soon() },
          { write: first, afterPlan: random.chance(0.5), waitMs: later() },
        ],
      };
    }
    case 'restamp': {
      const everyMs = random.pick([40, 100, 250]);
      const again: Move = { write: first, afterPlan: false, waitMs: everyMs };
      return { name, moves: [begin, ...Array.from({ length: Math.round(2_000 / everyMs) }, () => again)] };
    }
  }
  return name satisfies never;
}

/** Plays a game on a symbol; `stopped` says when to leave what stands as it is. */
export async function play(
  game: Game,
  symbol: string,
  log: StampLog,
  history: History,
  stopped: () => boolean,
): Promise<void> {
  for (const { write, afterPlan, waitMs } of game.moves) {
    if (stopped()) return;
    if (afterPlan) {
      await history.next(
        'planStream',
        ({ fields }) => fields['symbol'] === symbol && fields['decision'] === 'EXECUTE',
        PLAN_WITHIN_MS,
      );
    }
    if (waitMs > 0) await sleep(waitMs);
    await (write === 'delete' ? log.delete(symbol) : log.hash(symbol, fieldsOf(write)));
  }
}

function fieldsOf({ action, closePct, id }: Ask): Record<string, string> {
  return proposalFields(action, { proposal_id: id, ...(closePct === undefined ? {} : { close_pct: closePct }) });
}
