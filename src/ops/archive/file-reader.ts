import { dayOf, isCode, listFiles } from './archive-folder.js';
import { entryOf } from './archive-lines.js';
import type { ArchivedPlan, ArchiveReader, DenialCount, PlanRange } from './archive-reader.js';
import { ArchiveUnavailable, type ArchivedEntry, LAST_MS, wordOf } from './archived-entry.js';
import { linesBackward } from './lines-backward.js';

const HOUR_MS = 3_600_000;
/** How long one look may take: a folder of years has many files. */
const LOOK_MS = 5_000;

/** Verdicts are most of the lines, and no part of a list: not parsed, they cost little. */
const isOfPlan = (line: string): boolean => line.startsWith('{"kind":"plan"') || line.startsWith('{"kind":"result"');

const orderOf = ({ planId, attempt }: ArchivedEntry): string => `${planId}:${attempt}`;

/** Reads the files of the archive from their ends. It has no index: a look reads the days that it asks for. */
export class FileReader implements ArchiveReader {
  constructor(private readonly folder: string) {}

  async plans({ symbol, sinceMs, after, limit }: PlanRange): Promise<readonly ArchivedPlan[]> {
    const holding = symbol === undefined ? '{"kind":"' : `"symbol":${JSON.stringify(symbol)}`;
    const results = new Map<string, ArchivedEntry>();
    const seen = new Set<string>();
    const found: ArchivedPlan[] = [];
    // Results and further attempts come after a plan, nearly always within the hour.
    for await (const entry of this.#backward(holding, sinceMs, after.publishedMs + HOUR_MS, isOfPlan)) {
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
    for await (const entry of this.#backward(`"plan_id":${JSON.stringify(planId)}`, 0, LAST_MS)) {
      if (entry.planId !== planId || entry.kind === 'control') continue;
      found.push(entry);
      // The life of a plan begins with its first attempt.
      if (entry.kind === 'plan' && entry.attempt <= 1) break;
    }
    return found.toReversed();
  }

  async denials(fromMs: number, untilMs: number): Promise<readonly DenialCount[]> {
    const counts = new Map<string, { symbol: string; error: string; reason: string; count: number }>();
    for await (const entry of this.#backward('{"kind":"result"', fromMs, untilMs)) {
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

  /** The entries of the days from one time to another that have a text in their line, the newest first. */
  async *#backward(
    holding: string,
    fromMs: number,
    untilMs: number,
    isWanted: (line: string) => boolean = () => true,
  ): AsyncGenerator<ArchivedEntry> {
    const [first, last] = [dayOf(fromMs), dayOf(Math.min(untilMs, LAST_MS))];
    const until = performance.now() + LOOK_MS;
    for (const { day, path } of (await this.#files()).toReversed()) {
      if (day < first || day > last) continue;
      for await (const lines of linesBackward(path, holding, untilMs)) {
        if (performance.now() > until)
          throw new ArchiveUnavailable(
            `${this.folder} was read back to ${day} in ${LOOK_MS / 1000} s; ask for less time, or use grep`,
          );
        for (const line of lines) {
          const entry = isWanted(line) ? entryOf(line) : undefined;
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
