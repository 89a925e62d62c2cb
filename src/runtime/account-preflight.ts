import { Inject, Injectable } from '@nestjs/common';
import { CredentialsRefused, EXCHANGE, type ExchangePort, ExchangeUnavailable } from '../exchange/exchange.port.js';
import { Environment } from '../config/environment.js';
import { StartRefused } from './start-refused.js';

/** What must hold of the account before anything is traded: known credentials, one-way mode, a key that may trade. */
@Injectable()
export class AccountPreflight {
  #confirmed = false;

  constructor(
    @Inject(EXCHANGE) private readonly exchange: ExchangePort,
    private readonly environment: Environment,
  ) {}

  /** True after the account has passed; orders wait for it. */
  get confirmed(): boolean {
    return this.#confirmed;
  }

  /**
   * Asks the exchange. Returns why it could not be asked, or `undefined` when all is well; throws {@link StartRefused} for
   * an account or key that must not be used.
   */
  async run(): Promise<string | undefined> {
    try {
      await this.exchange.connect();
      if (await this.exchange.isHedgeMode()) {
        throw new StartRefused(
          'the account is in hedge mode, in which reduce-only orders do not exist; switch it to one-way mode (Binance: Preferences → Position Mode, or POST /fapi/v1/positionSide/dual dualSidePosition=false)',
        );
      }
      if (this.#needsTrading() && !(await this.exchange.canTrade())) {
        throw new StartRefused(
          'the API key may not trade; enable futures trading for the key, or run only ROLES=position-brain,governor with it',
        );
      }
      this.#confirmed = true;
      return undefined;
    } catch (error) {
      if (error instanceof CredentialsRefused) {
        throw new StartRefused(
          `the exchange refuses the API key (${error.message}); check key, secret, IP restrictions and that it belongs to this environment`,
          {
            cause: error,
          },
        );
      }
      if (error instanceof ExchangeUnavailable) return error.message;
      throw error;
    }
  }

  #needsTrading(): boolean {
    return this.environment.hasRole('apply') && this.environment.applyMode !== 'dry_run';
  }
}
