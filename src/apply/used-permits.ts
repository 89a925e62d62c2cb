import { Injectable } from '@nestjs/common';
import type { UsablePermit } from '../flow/3-permit-reading.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import { RecentMap } from './recent-map.js';

/** Longer than any permit is valid: `GOV_PERMIT_TTL` and `P33_PERMIT_TTL` are at most an hour. */
const REMEMBERED_MS = 2 * 3_600_000;

/**
 * Keeps a signed permit from being used twice by this process, whatever is put back into Redis: the nonces of the permits that it
 * has claimed are remembered, and permits that are older than the process are not taken. Unsigned permits have no nonce.
 */
@Injectable()
export class UsedPermits {
  /** By key and nonce. */
  readonly #used = new RecentMap<true>(REMEMBERED_MS);
  readonly #startedMs = performance.now();

  constructor(private readonly clock: RedisClock) {}

  /** Call before the claim: whatever becomes of it, the permit is not taken again. */
  add(...permits: readonly UsablePermit[]): void {
    for (const permit of permits) {
      const name = nameOf(permit);
      if (name !== undefined) this.#used.set(name, true);
    }
  }

  /** Why a permit that is valid by itself must not be used by this process; `undefined` when it may. */
  faultOf(permit: UsablePermit): string | undefined {
    const name = nameOf(permit);
    if (name === undefined) return undefined;
    if (this.#used.has(name)) return 'it was used before by this process';
    const ageMs = this.clock.nowMs() - (permit.createdAtMs ?? 0);
    return ageMs > performance.now() - this.#startedMs ? 'it is older than this process' : undefined;
  }
}

function nameOf({ kid, nonce }: UsablePermit): string | undefined {
  return kid === undefined || nonce === undefined ? undefined : `${kid}:${nonce}`;
}
