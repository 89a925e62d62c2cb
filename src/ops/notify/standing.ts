import { CONDITIONS } from './catalogue.js';
import { type Condition, type Part, partOf } from './conditions.js';

/** A condition that has lasted long enough to be told. */
export interface Standing extends Condition {
  readonly sinceMs: number;
}

interface Seen {
  condition: Condition;
  readonly firstMs: number;
  /** When it was last found. */
  lastMs: number;
  isDue: boolean;
}

/** Remembers from look to look how long each condition has lasted, so that what passes by itself is not told. */
export class StandingConditions {
  readonly #seen = new Map<string, Seen>();

  /** Of those that were told before this process was asked, it must be known that they may be over. */
  remember(keys: Iterable<readonly [key: string, condition: Condition]>, nowMs: number): void {
    for (const [key, condition] of keys)
      if (!this.#seen.has(key))
        this.#seen.set(key, { condition, firstMs: condition.sinceMs ?? nowMs, lastMs: nowMs, isDue: true });
  }

  forget(): void {
    this.#seen.clear();
  }

  /** Those that stand now, by key. What is of an unread part stands as before. */
  look(found: readonly Condition[], unread: ReadonlySet<Part>, nowMs: number): ReadonlyMap<string, Standing> {
    for (const condition of found) {
      const known = this.#seen.get(condition.key);
      if (known === undefined)
        this.#seen.set(condition.key, { condition, firstMs: nowMs, lastMs: nowMs, isDue: false });
      else Object.assign(known, { condition, lastMs: nowMs });
    }
    const standing = new Map<string, Standing>();
    for (const [key, seen] of this.#seen) {
      const { condition, firstMs } = seen;
      const lastsMs = CONDITIONS[condition.reason].lastsSec * 1000;
      if (unread.has(partOf(condition.reason))) seen.lastMs = nowMs;
      const isOver = seen.lastMs < nowMs && nowMs - seen.lastMs >= lastsMs;
      if (isOver || (!seen.isDue && seen.lastMs < nowMs)) {
        this.#seen.delete(key);
        continue;
      }
      const sinceMs = Math.min(condition.sinceMs ?? firstMs, nowMs);
      seen.isDue ||= nowMs - sinceMs >= lastsMs || nowMs - firstMs >= lastsMs;
      if (seen.isDue) standing.set(key, { ...condition, sinceMs });
    }
    return standing;
  }
}
