import { Inject, Injectable } from '@nestjs/common';
import { jsonOrText } from '../../flow/0-json.js';
import { type Issuer, ISSUERS } from '../../flow/3-permit.js';
import type { Keys } from '../keys/keys.js';
import { KEYS } from '../redis.tokens.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import { entryTimeMs, LARGEST_ENTRY_BYTES, readMeasured } from './stream-entry.js';

const PAGE = 1_000;

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

/** Counts verdicts in the stream of permit events, which holds about the newest 10 000 of all processes. */
@Injectable()
export class VerdictCounter {
  constructor(
    private readonly runner: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  async count(sinceMs: number, symbol: string | undefined): Promise<VerdictCounts> {
    const counts = new Map<string, VerdictCount>();
    const permitEvents = this.keys.permitEvents();
    let firstMs: number | undefined;
    for (let from = String(Math.max(0, Math.floor(sinceMs))); ;) {
      const args = { from, count: PAGE, mostBytes: LARGEST_ENTRY_BYTES };
      const { values } = await this.runner.run('read_permit_events', { permitEvents }, args);
      const { entries, ids } = readMeasured(values[0]);
      for (const { id, fields } of entries) {
        const verdict = verdictIn(fields);
        if (verdict === undefined || (symbol !== undefined && verdict.symbol !== symbol)) continue;
        firstMs ??= entryTimeMs(id);
        const key = JSON.stringify(verdict);
        const known = counts.get(key);
        if (known === undefined) counts.set(key, { ...verdict, count: 1 });
        else known.count += 1;
      }
      const last = ids.at(-1);
      if (last === undefined || ids.length < PAGE) break;
      from = `(${last}`;
    }
    return { firstMs, counts: [...counts.values()].toSorted((a, b) => b.count - a.count) };
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
