import { Inject, Injectable } from '@nestjs/common';
import { jsonOrText } from '../../flow/0-json.js';
import { type Issuer, ISSUERS } from '../../flow/3-permit.js';
import type { Keys } from '../keys/keys.js';
import { KEYS } from '../redis.tokens.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import { entryTimeMs, LARGEST_ENTRY_BYTES, readMeasured, type StreamEntry } from './stream-entry.js';

const PAGE = 1_000;
/** A plan's attempt takes about a second: few verdicts come in it. */
const SPAN_PAGE = 100;

/** Epoch ms, both included. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** One verdict as it was announced. */
export interface VerdictEvent {
  readonly issuer: Issuer;
  readonly attempt: number;
  readonly atMs: number;
  readonly bytes: string;
}

export interface VerdictCount {
  readonly symbol: string;
  readonly issuer: Issuer;
  readonly verdict: 'allow' | 'deny';
  /** `""` for an allow. */
  readonly reason: string;
  count: number;
}

export interface VerdictCounts {
  /** The time of the oldest verdict that was counted; `undefined` for none. */
  readonly firstMs: number | undefined;
  /** Largest first. */
  readonly counts: readonly VerdictCount[];
}

/** Counts and finds verdicts in the stream of permit events, which holds about the newest 10 000 of all processes. */
@Injectable()
export class VerdictCounter {
  constructor(
    private readonly runner: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  async count(sinceMs: number, symbol: string | undefined): Promise<VerdictCounts> {
    const counts = new Map<string, VerdictCount>();
    let firstMs: number | undefined;
    for await (const { id, fields } of this.#events(sinceMs, PAGE)) {
      const verdict = verdictIn(fields);
      if (verdict === undefined || (symbol !== undefined && verdict.symbol !== symbol)) continue;
      firstMs ??= entryTimeMs(id);
      const key = JSON.stringify(verdict);
      const known = counts.get(key);
      if (known === undefined) counts.set(key, { ...verdict, count: 1 });
      else known.count += 1;
    }
    return { firstMs, counts: [...counts.values()].toSorted((a, b) => b.count - a.count) };
  }

  /** The verdicts on one plan in some spans of time, oldest first; none of a span that the stream has no longer. */
  async of(planId: string, spans: readonly TimeSpan[]): Promise<VerdictEvent[]> {
    const found: VerdictEvent[] = [];
    for (const { fromMs, untilMs } of spans) {
      for await (const { id, fields } of this.#events(fromMs, SPAN_PAGE)) {
        const atMs = entryTimeMs(id);
        if (atMs > untilMs) break;
        const issuer = ISSUERS.find((known) => known === fields['issuer']);
        if (issuer === undefined || fields['plan_id'] !== planId) continue;
        found.push({ issuer, attempt: Number(fields['attempt']), atMs, bytes: fields['permit'] ?? '' });
      }
    }
    return found;
  }

  async *#events(fromMs: number, page: number): AsyncGenerator<StreamEntry> {
    const permitEvents = this.keys.permitEvents();
    for (let from = String(Math.max(0, Math.floor(fromMs))); ;) {
      const args = { from, count: page, mostBytes: LARGEST_ENTRY_BYTES };
      const { values } = await this.runner.run('read_permit_events', { permitEvents }, args);
      const { entries, ids } = readMeasured(values[0]);
      yield* entries;
      const last = ids.at(-1);
      if (last === undefined || ids.length < page) return;
      from = `(${last}`;
    }
  }
}

function verdictIn(fields: Readonly<Record<string, string>>): Omit<VerdictCount, 'count'> | undefined {
  const issuer = ISSUERS.find((known) => known === fields['issuer']);
  if (issuer === undefined) return undefined;
  const read = jsonOrText(fields['permit'] ?? '');
  const permit = (read !== null && typeof read === 'object' ? read : {}) as Readonly<Record<string, unknown>>;
  const textOf = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 64) : '');
  const isAllowed = fields['verdict'] === 'allow';
  return {
    symbol: textOf(permit['symbol']),
    issuer,
    verdict: isAllowed ? 'allow' : 'deny',
    reason: isAllowed ? '' : textOf(permit['reason']),
  };
}
