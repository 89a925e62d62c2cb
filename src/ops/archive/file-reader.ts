import { dayOf, isCode, listFiles } from './archive-folder.js';
import { entryOf } from './archive-lines.js';
import type { ArchivedPlan, ArchiveReader, DenialCount, PlanRange } from './archive-reader.js';
import { ArchiveUnavailable, type ArchivedEntry, KINDS, LAST_MS, wordOf } from './archived-entry.js';
import { linesBackward, type Wanted } from './lines-backward.js';

const HOUR_MS = 3_600_000;
/** How long one look may take: a folder of years has many files. */
const LOOK_MS = 5_000;

const orderOf = ({ planId, attempt }: ArchivedEntry): string => `${planId}:${attempt}`;

const member = (name: string, value: string): string => `"${name}":${JSON.stringify(value)}`;

/** Reads the files of the archive from their ends. A look for one symbol passes over the blocks that do not have it. */
export class FileReader implements ArchiveReader {
  constructor(private readonly folder: string) {}

  async plans({ symbol, sinceMs, after, limit }: PlanRange): Promise<readonly ArchivedPlan[]> {
    const wanted: Wanted = {
      // Verdicts are most of the lines, and no part of a list.
      kinds: ['plan', 'result'],
      text: symbol === undefined ? '' : member('symbol', symbol),
      symbol,
      // Results and further attempts come after a plan, nearly always within the hour.
      untilMs: after.publishedMs + HOUR_MS,
    };
    const results = new Map<string, ArchivedEntry>();
    const seen = new Set<string>();
    const found: ArchivedPlan[] = [];
    for await (const entry of this.#backward(wanted, sinceMs)) {
      if (symbol !== undefined && entry.symbol !== symbol) continue;
      if (entry.kind === 'result' && !results.has(orderOf(entry))) results.set(orderOf(entry), entry);
      if (entry.kind !== 'plan') continue;
      // Plans of one millisecond are read together.
      if (entry.atMs < sinceMs || (found.length >= limit && entry.atMs !== found.at(-1)?.plan.atMs)) break;
      if (seen.has(entry.planId)) continue;
      seen.add(entry.planId);
      const { publishedMs, planId } = after;
      if (entry.atMs > publishedMs || (entry.atMs === publishedMs && entry.planId >= planId)) continue;
      found.push({ plan: entry, result: results.get(orderOf(entry)) });
    }
    const ordered = found.toSorted((a, b) => b.plan.atMs - a.plan.atMs || (a.plan.planId < b.plan.planId ? 1 : -1));
    return ordered.slice(0, limit);
  }

  async plan(planId: string): Promise<readonly ArchivedEntry[]> {
    const found: ArchivedEntry[] = [];
    const kinds = KINDS.filter((kind) => kind !== 'control');
    const wanted: Wanted = { kinds, text: member('plan_id', planId), symbol: undefined, untilMs: LAST_MS };
    for await (const entry of this.#backward(wanted, 0)) {
      if (entry.planId !== planId) continue;
      found.push(entry);
      // The life of a plan begins with its first attempt.
      if (entry.kind === 'plan' && entry.attempt <= 1) break;
    }
    return found.toReversed();
  }

  async denials(fromMs: number, untilMs: number): Promise<readonly DenialCount[]> {
    const counts = new Map<string, { symbol: string; error: string; reason: string; count: number }>();
    const wanted: Wanted = { kinds: ['result'], text: '', symbol: undefined, untilMs };
    for await (const entry of this.#backward(wanted, fromMs)) {
      const error = wordOf(entry, 'error');
      if (error === '' || entry.atMs < fromMs || entry.atMs >= untilMs) continue;
      const words = { symbol: entry.symbol, error, reason: wordOf(entry, 'reason') };
      const key = JSON.stringify(words);
      const known = counts.get(key);
      if (known === undefined) counts.set(key, { ...words, count: 1 });
      else known.count += 1;
    }
    return [...counts.values()].toSorted((a, b) => b.count - a.count);
  }

  /** Nothing is open between two looks. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /** The wanted entries of the days since a time, the newest first. */
  async *#backward(wanted: Wanted, sinceMs: number): AsyncGenerator<ArchivedEntry> {
    const [first, last] = [dayOf(sinceMs), dayOf(Math.min(wanted.untilMs, LAST_MS))];
    const until = performance.now() + LOOK_MS;
    for (const { day, path } of (await this.#files()).toReversed()) {
      if (day < first || day > last) continue;
      for await (const lines of linesBackward(path, wanted)) {
        if (performance.now() > until)
          throw new ArchiveUnavailable(
            `${this.folder} was read back to ${day} in ${LOOK_MS / 1000} s; ask for less time, or use grep`,
          );
        for (const line of lines) {
          const entry = entryOf(line);
          if (entry !== undefined) yield entry;
        }
      }
    }
  }

  async #files(): ReturnType<typeof listFiles> {
    try {
      return await listFiles(this.folder);
    } catch (error) {
      if (isCode(error, 'ENOENT'))
        throw new ArchiveUnavailable(`there is no folder ${this.folder} at this process; ask the one that writes it`);
      const why = error instanceof Error ? error.message : String(error);
      throw new ArchiveUnavailable(`${this.folder} cannot be read: ${why}`, { cause: error });
    }
  }
}
