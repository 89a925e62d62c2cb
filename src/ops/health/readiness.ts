import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import type { Role } from '../../config/roles.js';
import { EXCHANGE, type ExchangePort } from '../../exchange/exchange.port.js';
import { RedisUnavailable } from '../../redis/connection/redis.errors.js';
import { type PartHealth, RoleRegistry } from '../../runtime/role-service.js';
import { StartupState } from '../../runtime/startup-state.js';
import { RedisHealthCheck } from './redis-health.js';
import { SelfCheck } from './self-check.js';
import { SymbolFaults } from './symbol-faults.js';

/** The process calls the exchange at least every 20 s to keep its connection warm. */
const EXCHANGE_SILENCE_MS = 60_000;
const EXCHANGE_ROLES: readonly Role[] = ['apply', 'position-brain'];

/** The conditions under which this process is ready. */
@Injectable()
export class Readiness {
  constructor(
    private readonly environment: Environment,
    private readonly registry: RoleRegistry,
    private readonly startup: StartupState,
    private readonly redis: RedisHealthCheck,
    @Inject(EXCHANGE) private readonly exchange: ExchangePort,
    private readonly symbols: SymbolFaults,
    private readonly self: SelfCheck,
  ) {}

  startupPart(): PartHealth {
    const { phase, detail } = this.startup;
    return {
      part: 'startup',
      fault: phase === 'running' ? undefined : `${phase}${detail === '' ? '' : `: ${detail}`}`,
    };
  }

  async parts(): Promise<PartHealth[]> {
    const { ok, message } = await this.redis.check();
    const own = [this.startupPart(), { part: 'redis', fault: ok ? undefined : message }];
    const roles = [
      ...[...this.environment.roles].map((role) => this.#rolePart(role)),
      ...this.registry.roles.flatMap((service) => service.parts?.() ?? []),
    ];
    if (!ok) return [...own, ...roles, ...this.#exchangePart()];
    const checked = await this.self.parts();
    return [...own, ...checked, ...roles, ...this.#exchangePart(), ...(await this.#symbolsPart())];
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
      // The part `redis` says so.
      if (error instanceof RedisUnavailable) return [];
      return [{ part: 'symbols', fault: error instanceof Error ? error.message : String(error) }];
    }
  }

  #rolePart(role: Role): PartHealth {
    const services = this.registry.roles.filter((service) => service.role === role);
    if (services.length === 0) return { part: role, fault: 'the role is switched on (ROLES) but does not run' };
    const stuck = services
      .flatMap((service) => service.loops())
      // Written so that NaN counts as stuck.
      .filter(({ idleMs, allowedIdleMs }) => !(idleMs <= allowedIdleMs))
      .map(
        ({ name, idleMs, allowedIdleMs }) =>
          `${name} made its last round ${Math.round(idleMs)} ms ago (${allowedIdleMs} ms are allowed)`,
      );
    return { part: role, fault: stuck.length === 0 ? undefined : stuck.join('; ') };
  }

  #exchangePart(): PartHealth[] {
    if (!EXCHANGE_ROLES.some((role) => this.environment.hasRole(role))) return [];
    return [{ part: 'exchange', fault: this.#exchangeFault() }];
  }

  #exchangeFault(): string | undefined {
    const health = this.exchange.health();
    switch (health.state) {
      case 'no_credentials': {
        if (this.environment.applyMode === 'dry_run') return undefined;
        const pair =
          this.environment.applyMode === 'testnet'
            ? 'BINANCE_TESTNET_API_KEY and BINANCE_TESTNET_API_SECRET'
            : 'BINANCE_API_KEY and BINANCE_API_SECRET';
        return `there are no credentials; set ${pair}`;
      }
      case 'never_answered':
        return `the exchange never answered: ${health.lastError}`;
      case 'failing':
        return `the last call failed: ${health.lastError}`;
      case 'ok': {
        const silentMs = Date.now() - health.lastAnswerMs;
        return silentMs <= EXCHANGE_SILENCE_MS
          ? undefined
          : `the exchange last answered ${Math.round(silentMs / 1000)} s ago`;
      }
    }
    return health satisfies never;
  }
}
