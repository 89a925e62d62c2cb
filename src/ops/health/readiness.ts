import { Injectable } from '@nestjs/common';
import { isMissingRight, RedisUnavailable } from '../../redis/connection/redis.errors.js';
import { ProcessHealth } from '../../runtime/process-health.js';
import type { PartHealth } from '../../runtime/role-service.js';
import { SelfDescription } from '../../runtime/self-description.js';
import { NotifyHealth } from '../notify/notify-health.js';
import { RedisHealthCheck } from './redis-health.js';
import { SelfCheck } from './self-check.js';
import { SymbolFaults } from './symbol-faults.js';

/** The conditions under which this process is ready. */
@Injectable()
export class Readiness {
  constructor(
    private readonly process: ProcessHealth,
    private readonly redis: RedisHealthCheck,
    private readonly symbols: SymbolFaults,
    private readonly self: SelfCheck,
    private readonly description: SelfDescription,
    private readonly notify: NotifyHealth,
  ) {
    description.checkBy(() => this.parts());
  }

  startupPart(): PartHealth {
    return this.process.startupPart();
  }

  async parts(): Promise<PartHealth[]> {
    const parts = await this.#ask();
    this.description.note(parts);
    return parts;
  }

  async #ask(): Promise<PartHealth[]> {
    const { ok, message } = await this.redis.check();
    const own = [this.startupPart(), { part: 'redis', fault: ok ? undefined : message }];
    const others = [...this.process.roleParts(), ...this.process.exchangePart(), ...this.notify.parts()];
    if (!ok) return [...own, ...others];
    const checked = await this.self.parts();
    return [...own, ...checked, ...others, ...(await this.#symbolsPart())];
  }

  /** Named where single symbols are stopped; the process is not ready when all of them are. */
  async #symbolsPart(): Promise<PartHealth[]> {
    try {
      const stopped = await this.symbols.all();
      if (stopped.size === 0) return [];
      const named = [...stopped].map(([symbol, fault]) => `${symbol}: ${fault}`).join('; ');
      if (stopped.size === this.symbols.symbols.length) return [{ part: 'symbols', fault: named }];
      return [{ part: 'symbols', fault: undefined, details: { stopped: Object.fromEntries(stopped) } }];
    } catch (error) {
      // The part `redis` says so, or `redis_rights`.
      if (error instanceof RedisUnavailable || isMissingRight(error)) return [];
      return [{ part: 'symbols', fault: error instanceof Error ? error.message : String(error) }];
    }
  }
}
