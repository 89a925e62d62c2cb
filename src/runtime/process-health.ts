import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import type { Role } from '../config/roles.js';
import { EXCHANGE, type ExchangePort } from '../exchange/exchange.port.js';
import { AccountClaim } from '../redis/stores/account-claim.js';
import { type PartHealth, RoleRegistry } from './role-service.js';
import { StartupState } from './startup-state.js';

/** The process calls the exchange at least every 20 s to keep its connection warm. */
const EXCHANGE_SILENCE_MS = 60_000;
const EXCHANGE_ROLES: readonly Role[] = ['apply', 'position-brain'];

/** The conditions under which this process is ready that need no question to Redis. */
@Injectable()
export class ProcessHealth {
  constructor(
    private readonly environment: Environment,
    private readonly registry: RoleRegistry,
    private readonly startup: StartupState,
    private readonly account: AccountClaim,
    @Inject(EXCHANGE) private readonly exchange: ExchangePort,
  ) {}

  startupPart(): PartHealth {
    const { phase, detail } = this.startup;
    return {
      part: 'startup',
      fault: phase === 'running' ? undefined : `${phase}${detail === '' ? '' : `: ${detail}`}`,
    };
  }

  roleParts(): PartHealth[] {
    return [
      ...[...this.environment.roles].map((role) => this.#rolePart(role)),
      ...this.registry.roles.flatMap((service) => service.parts?.() ?? []),
    ];
  }

  exchangePart(): PartHealth[] {
    if (!EXCHANGE_ROLES.some((role) => this.environment.hasRole(role))) return [];
    return [
      { part: 'exchange', fault: this.#exchangeFault() },
      { part: 'account', fault: this.account.fault },
    ];
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
