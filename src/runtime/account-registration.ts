import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { isLoopbackBase } from '../config/exchange-base.js';
import { EXCHANGE, type ExchangePort } from '../exchange/exchange.port.js';
import { isMissingRight } from '../redis/connection/redis.errors.js';
import {
  AccountClaim,
  CLAIM_TTL_MS,
  conflictText,
  type OtherClaim,
  type TradedSymbols,
} from '../redis/stores/account-claim.js';
import { LOGGER, type Logger } from '../telemetry/logger.js';
import { StartRefused } from './start-refused.js';
import { StartupState } from './startup-state.js';

const ASK_AGAIN_MS = 250;

/** A process without exchange keys does not know its account; of a Governor the keys are not used. */
export function knowsAccount(env: Environment, exchange: ExchangePort): boolean {
  return exchange.hasCredentials && (env.hasRole('apply') || env.hasRole('position-brain'));
}

/**
 * Registers which account this process trades, and which symbols of it, with all deployments on this Redis. A dry run sends no order
 * and registers nothing: it may run beside the deployment that trades the account.
 */
@Injectable()
export class AccountRegistration {
  constructor(
    private readonly env: Environment,
    @Inject(EXCHANGE) private readonly exchange: ExchangePort,
    private readonly claim: AccountClaim,
    private readonly state: StartupState,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Throws {@link StartRefused} when a deployment that lives trades one of the symbols. The claim of a killed process is not renewed:
   * it is waited for.
   */
  async register(isStopping: () => boolean): Promise<void> {
    const { env, exchange, state } = this;
    if (env.applyMode === 'dry_run' || !knowsAccount(env, exchange)) return;
    const traded = tradedBy(env);
    const account = accountIdOf(env, exchange);
    const until = performance.now() + CLAIM_TTL_MS + 2 * ASK_AGAIN_MS;
    let first: readonly OtherClaim[] | undefined;
    while (!isStopping()) {
      const others = await this.#take(account, traded);
      if (others.length === 0) return;
      first ??= others;
      if (isRenewed(first, others) || performance.now() > until)
        throw new StartRefused(`account ${account}: ${conflictText(others, traded)}`);
      state.detail = `waiting whether another deployment still trades this account: ${conflictText(others, traded)}`;
      await sleep(ASK_AGAIN_MS);
    }
  }

  async release(): Promise<void> {
    try {
      await this.claim.release();
    } catch (error) {
      this.logger.error({ err: error }, 'the claim on the account could not be released; it ends by itself');
    }
  }

  async #take(account: string, traded: TradedSymbols): Promise<readonly OtherClaim[]> {
    try {
      return await this.claim.take(account, traded);
    } catch (error) {
      if (!isMissingRight(error)) throw error;
      throw new StartRefused(
        `this process may not register the account that it trades (${error.message}): load the docker/redis/users.acl of this version into Redis (ACL LOAD), or give the rights to the user of REDIS_USERNAME`,
        { cause: error },
      );
    }
  }
}

/** The account of a key, which it does not reveal. Each exchange on this machine has accounts of its own. */
export function accountIdOf({ exchangeRestUrl }: Environment, { accountFingerprint }: ExchangePort): string {
  if (!isLoopbackBase(exchangeRestUrl)) return accountFingerprint;
  return createHash('sha256').update(`${accountFingerprint}:${exchangeRestUrl}`).digest('hex').slice(0, 32);
}

function tradedBy(env: Environment): TradedSymbols {
  const symbols = [
    ...(env.hasRole('apply') ? env.applyAllowlist : []),
    ...(env.hasRole('position-brain') ? env.p33Allowlist : []),
  ];
  return {
    prefix: env.redisKeyPrefix,
    symbols: [...new Set(symbols)].toSorted(),
    instance: env.instanceId,
    roles: [...env.roles],
  };
}

/** Whether a process behind these claims lives. */
function isRenewed(before: readonly OtherClaim[], now: readonly OtherClaim[]): boolean {
  const known = new Map(before.map(({ process, expiresMs }) => [process, expiresMs]));
  return now.some(({ process, expiresMs }) => expiresMs > (known.get(process) ?? 0));
}
