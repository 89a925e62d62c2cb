import { Inject, Injectable } from '@nestjs/common';
import { GROUPS } from '../keys/groups.js';
import type { Keys } from '../keys/keys.js';
import { KEYS } from '../redis.tokens.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import { LeaseKeeper } from './lease-keeper.js';

/** Long enough for a pause of the process, short enough that a successor reads before the snapshots are stale. */
export const READER_LEASE_MS = 3_000;
/** No INSTANCE_ID can have this character, so no consumer has this name. */
const READER = '@reader';

/** Which Position Brain of the account reads it from the exchange. The lease of a killed process expires by itself. */
@Injectable()
export class ReaderLease {
  constructor(
    private readonly runner: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly process: LeaseKeeper,
  ) {}

  /** Takes or renews it. False while another process has it. */
  async hold(): Promise<boolean> {
    const args = { token: this.process.token, ttlMs: READER_LEASE_MS, instance: READER, about: '', keepMs: 0 };
    return (await this.runner.run('hold_lease', this.#keys, args)).word === 'held';
  }

  async drop(): Promise<void> {
    await this.runner.run('drop_lease', this.#keys, { token: this.process.token, instance: READER, about: '' });
  }

  get #keys() {
    return { lease: this.keys.lease(GROUPS.p33, READER), fleet: this.keys.fleet(GROUPS.p33) };
  }
}
