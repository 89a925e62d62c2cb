import { derivedFrom, variablesOf } from '../declaration.js';
import { BINANCE_BASES, isLoopbackBase, webSocketBase, type ExchangeAccount } from '../exchange-base.js';
import { exchangeUrl } from '../kinds/addresses.js';
import { milliseconds, seconds } from '../kinds/numbers.js';
import { secret } from '../kinds/words.js';
import { GovernorVariables } from './governor.js';

const CREDENTIAL = secret(/^[\x21-\x7e]{1,256}$/, '1 to 256 visible ASCII characters without blanks');

const Exchange = variablesOf('Exchange', 'Binance USD-M futures. Only Apply and Position Brain talk to it.');

export class ExchangeVariables extends GovernorVariables {
  @Exchange('BINANCE_TESTNET_API_KEY', CREDENTIAL, 'The key for `testnet`.')
  readonly binanceTestnetApiKey: string | undefined = undefined;

  @Exchange('BINANCE_TESTNET_API_SECRET', CREDENTIAL, 'The secret of that key.')
  readonly binanceTestnetApiSecret: string | undefined = undefined;

  @Exchange('BINANCE_API_KEY', CREDENTIAL, 'The key for `production`.')
  readonly binanceApiKey: string | undefined = undefined;

  @Exchange('BINANCE_API_SECRET', CREDENTIAL, 'The secret of that key.')
  readonly binanceApiSecret: string | undefined = undefined;

  @Exchange(
    'EXCHANGE_REST_URL',
    exchangeUrl('http'),
    'The base of the REST interface.',
    derivedFrom('Binance’s own for the account', (e: ExchangeVariables) => BINANCE_BASES[e.exchangeAccount].rest),
  )
  readonly exchangeRestUrl: string = BINANCE_BASES.testnet.rest;

  @Exchange(
    'EXCHANGE_WS_URL',
    exchangeUrl('ws'),
    'The base of the streams.',
    derivedFrom('that of `EXCHANGE_REST_URL` on loopback, otherwise Binance’s own for the account', streamBase),
  )
  readonly exchangeWsUrl: string = BINANCE_BASES.testnet.ws;

  @Exchange(
    'EXCHANGE_RECV_WINDOW_MS',
    milliseconds({ min: 100, max: 60_000 }),
    'How long after its signature the exchange still accepts a request.',
  )
  readonly exchangeRecvWindowMs: number = 2000;

  @Exchange(
    'EXCHANGE_ORDER_TIMEOUT_MS',
    milliseconds({ min: 100, max: 60_000 }),
    'After this long without an answer an order’s outcome is unknown and is looked up.',
  )
  readonly exchangeOrderTimeoutMs: number = 3000;

  @Exchange(
    'EXCHANGE_UNKNOWN_PROOF_SEC',
    seconds({ min: 0, max: 600 }),
    'How long an order must stay unfound before it counts as absent.',
  )
  readonly exchangeUnknownProofSec: number = 30;

  /** Whose account is read and traded. A dry run reads the account its keys belong to, the testnet without any. */
  get exchangeAccount(): ExchangeAccount {
    if (this.applyMode !== 'dry_run') return this.applyMode;
    return this.binanceApiKey === undefined ? 'testnet' : 'production';
  }

  /** The key in force, or `undefined` where a dry run or a Governor has none. */
  get exchangeApiKey(): string | undefined {
    return this.exchangeAccount === 'production' ? this.binanceApiKey : this.binanceTestnetApiKey;
  }

  /** The secret that belongs to {@link exchangeApiKey}. */
  get exchangeApiSecret(): string | undefined {
    return this.exchangeAccount === 'production' ? this.binanceApiSecret : this.binanceTestnetApiSecret;
  }
}

function streamBase({ exchangeRestUrl, exchangeAccount }: ExchangeVariables): string {
  return isLoopbackBase(exchangeRestUrl) ? webSocketBase(exchangeRestUrl) : BINANCE_BASES[exchangeAccount].ws;
}
