import { Inject, Injectable } from '@nestjs/common';
import type { Issuer } from '../../flow/3-permit.js';
import { RedisClock } from '../connection/redis-clock.js';
import type { Keys } from '../keys/keys.js';
import { KEYS } from '../redis.tokens.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import { LARGEST_ENTRY_BYTES, readMeasured } from '../streams/stream-entry.js';

const PAGE = 500;

export interface RecallOrder {
  readonly issuer: Issuer;
  /** The events after this entry; `undefined` for those of the last `ttlMs`. */
  readonly after: string | undefined;
  readonly ttlMs: number;
  /** Leaves permits of dry runs. */
  readonly keepsDryRuns: boolean;
}

export interface Recalled {
  readonly planIds: readonly string[];
  /** The last event that was read. */
  readonly last: string | undefined;
}

/** Takes back permits that an issuer gave and nobody used. */
@Injectable()
export class PermitRecall {
  constructor(
    private readonly runner: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly clock: RedisClock,
  ) {}

  async takeBack({ issuer, after, ttlMs, keepsDryRuns }: RecallOrder): Promise<Recalled> {
    const planIds: string[] = [];
    let last = after;
    for (;;) {
      const from = last === undefined ? String(Math.max(0, this.clock.nowMs() - ttlMs)) : `(${last}`;
      const args = { from, count: PAGE, mostBytes: LARGEST_ENTRY_BYTES };
      const permitEvents = this.keys.permitEvents();
      const { values } = await this.runner.run('read_permit_events', { permitEvents }, args);
      const { entries, ids } = readMeasured(values[0]);
      for (const { fields } of entries) {
        const { plan_id: planId = '', permit: bytes = '' } = fields;
        const isOwn = fields['issuer'] === issuer && fields['verdict'] === 'allow';
        if (isOwn && !(keepsDryRuns && isDryRun(bytes)) && (await this.#takeBack(issuer, planId, bytes)))
          planIds.push(planId);
      }
      last = ids.at(-1) ?? last;
      if (ids.length < PAGE) return { planIds, last };
    }
  }

  async #takeBack(issuer: Issuer, planId: string, bytes: string): Promise<boolean> {
    const { keys, runner } = this;
    const permit = issuer === 'p33' ? keys.positionPermit(planId) : keys.governorPermit(planId);
    return (await runner.run('take_back_permit', { permit }, { bytes })).word === 'taken_back';
  }
}

function isDryRun(permit: string): boolean {
  try {
    return (JSON.parse(permit) as { readonly mode?: unknown } | null)?.mode === 'dry_run';
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
