import type { ApiSchema } from '../client/api.js';
import { askCell, CellUnanswered } from './cell-calls.js';
import type { Cell } from './cells-file.js';

/** A cell that has not answered by then is shown as silent. */
const STATUS_WITHIN_MS = 3_000;

type Status = ApiSchema<'StatusAnswer'>;
type CellView = ApiSchema<'CellAnswer'>;

/** What all cells say about themselves. They are asked at once: a silent one delays the answer by {@link STATUS_WITHIN_MS} at most. */
export async function statusOfCells(
  cells: readonly Cell[],
  lastAnswers: Map<string, number> = new Map(),
  withinMs = STATUS_WITHIN_MS,
): Promise<ApiSchema<'CellsAnswer'>> {
  const views = await Promise.all(cells.map((cell) => viewOf(cell, lastAnswers, withinMs)));
  return {
    at_ms: Date.now(),
    all_ready: views.every(({ state }) => state === 'ready'),
    needs_you: views.reduce((sum, { needs_you: count }) => sum + (count ?? 0), 0),
    cells: views,
    conflicts: conflictsIn(views),
  };
}

async function viewOf(cell: Cell, lastAnswers: Map<string, number>, withinMs: number): Promise<CellView> {
  const { name, urls, account, symbols } = cell;
  const named = { name, urls: [...urls], account, routed_symbols: [...symbols] };
  const askedMs = performance.now();
  try {
    const status = await askCell(cell, { withinMs }, (api) => api.GET('/api/v1/status'));
    lastAnswers.set(name, Date.now());
    return { ...named, ...viewOfStatus(status), ...age(name, lastAnswers, askedMs) };
  } catch (error) {
    if (!(error instanceof CellUnanswered)) throw error;
    return { ...named, ...SILENT, text: error.message, ...age(name, lastAnswers, askedMs) };
  }
}

const age = (name: string, lastAnswers: ReadonlyMap<string, number>, askedMs: number) => ({
  took_ms: Math.round(performance.now() - askedMs),
  last_answer_ms: lastAnswers.get(name) ?? null,
});

/** What is not known of a cell that gave no answer. */
const SILENT = {
  state: 'no_answer',
  mode: null,
  armed: null,
  kill_switch: null,
  needs_you: null,
  attention: null,
  key_prefix: null,
  account_id: null,
  symbols: null,
  version: null,
} as const;

/** Its program may be of another version: what it does not say is not known. */
function viewOfStatus(
  status: Partial<Status>,
): Omit<CellView, 'name' | 'urls' | 'account' | 'routed_symbols' | 'took_ms' | 'last_answer_ms'> {
  const { attention, fleet, redis, phase, detail, build } = status;
  const faults = [
    ...(redis?.ok === false ? [`Redis: ${redis.message}`] : []),
    ...(phase === 'running' ? [] : [`the process that answered is ${phase ?? 'of an unknown phase'}: ${detail ?? ''}`]),
    ...(fleet?.complete === true ? [] : fleetFaults(fleet)),
  ];
  return {
    state: faults.length === 0 ? 'ready' : 'not_ready',
    text: faults.join('; '),
    mode: status.mode ?? null,
    armed: status.armed ?? null,
    kill_switch: status.kill_switch ?? null,
    needs_you: attention?.length ?? null,
    attention: attention ?? null,
    key_prefix: status.key_prefix ?? null,
    account_id: status.account_id ?? null,
    symbols: status.symbols ?? null,
    version: build?.version ?? null,
  };
}

function fleetFaults(fleet: Status['fleet'] | undefined): string[] {
  if (fleet === undefined || fleet === null) return ['which processes run is not known'];
  const missing = fleet.missing.map(({ role }) => `no process has the role ${role}`);
  const unfit = fleet.instances
    .filter(({ state }) => state === 'not_ready' || state === 'gone')
    .map(
      ({ role, instance, state, faults }) =>
        `${role} ${instance} is ${state.replace('_', ' ')}${faults.length === 0 ? '' : ` (${faults.join('; ')})`}`,
    );
  return [...missing, ...unfit];
}

/** Cells on different Redis servers cannot see each other; here both are in view. */
function conflictsIn(views: readonly CellView[]): ApiSchema<'CellConflictAnswer'>[] {
  return views.flatMap((one, at) =>
    views.slice(at + 1).flatMap((other) => {
      if (one.account_id === null || one.account_id !== other.account_id) return [];
      if ([one, other].some(({ mode }) => mode === 'dry_run')) return [];
      const theirs = new Set(other.symbols ?? []);
      const symbols = (one.symbols ?? []).filter((symbol) => theirs.has(symbol));
      if (symbols.length === 0) return [];
      return [
        {
          cells: [one.name, other.name],
          account_id: one.account_id,
          symbols,
          text: `${one.name} and ${other.name} trade ${symbols.join(', ')} of the same account, so a position may be closed twice: stop one of them. If they are one cell, remove one from CELLS_FILE.`,
        },
      ];
    }),
  );
}
