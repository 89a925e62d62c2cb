import type { Environment } from '../../config/environment.js';
import { createCcxtExchange } from '../../exchange/ccxt-exchange.js';
import { CredentialsRefused, type ExchangePort } from '../../exchange/exchange.port.js';
import { parseMarketSymbol } from '../../flow/0-primitives.js';
import { type Finding, ok, problem } from './finding.js';

const CLOCK_WARNING_MS = 1_000;

/** A client for the exchange of this configuration; creating it sends no request. */
export function exchangeOf(environment: Environment): ExchangePort {
  return createCcxtExchange({
    restUrl: environment.exchangeRestUrl,
    account: environment.exchangeAccount,
    apiKey: environment.exchangeApiKey,
    apiSecret: environment.exchangeApiSecret,
    recvWindowMs: environment.exchangeRecvWindowMs,
    orderTimeoutMs: environment.exchangeOrderTimeoutMs,
  });
}

/** Checks that the exchange answers, accepts the keys, and gives the account the rights that the roles need. Sends no order. */
export async function checkExchange(environment: Environment, exchange: ExchangePort): Promise<Finding[]> {
  const reached = await reach(environment, exchange);
  if (reached.some(({ kind }) => kind !== 'ok' && kind !== 'warning')) return reached;
  const rules = await symbolRules(environment, exchange);
  // The Governor alone reads public prices, and has no key.
  if (!environment.hasRole('apply') && !environment.hasRole('position-brain')) return [...reached, ...rules];
  if (!exchange.hasCredentials) return [...reached, ...rules, noKeys(environment)];
  return [...reached, ...rules, ...(await accountOf(environment, exchange))];
}

async function reach(environment: Environment, exchange: ExchangePort): Promise<Finding[]> {
  try {
    await exchange.connect();
  } catch (error) {
    return [failed(environment, error)];
  }
  const { offsetMs, uncertaintyMs } = exchange.clock();
  const found = `${Math.round(offsetMs)} ms against this host (±${Math.ceil(uncertaintyMs)} ms)`;
  const clock =
    Math.abs(offsetMs) <= CLOCK_WARNING_MS
      ? ok('exchange: clock', found)
      : problem(
          'warning',
          'exchange: clock',
          found,
          'Requests are signed with the time of the exchange, so it works; run NTP on this host all the same.',
        );
  return [ok('exchange: reachable', environment.exchangeRestUrl), clock];
}

function failed(environment: Environment, error: unknown): Finding {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof CredentialsRefused) {
    return problem(
      'fault',
      'exchange: keys',
      message,
      `Check key and secret, their IP restrictions, and that they belong to the ${environment.exchangeAccount} account.`,
    );
  }
  return problem(
    'unreachable',
    'exchange: reachable',
    `${environment.exchangeRestUrl}: ${message}`,
    'Check the network and EXCHANGE_REST_URL. For a simulated exchange run "permit-gate paper-exchange".',
  );
}

function noKeys({ applyMode }: Environment): Finding {
  if (applyMode === 'dry_run')
    return problem(
      'warning',
      'exchange: keys',
      'none: positions cannot be read, so every plan is denied',
      'Give the key pair of the account to be watched; a dry run works without the trading right.',
    );
  return problem('fault', 'exchange: keys', 'none', `APPLY_MODE=${applyMode} needs its key pair.`);
}

async function symbolRules(environment: Environment, exchange: ExchangePort): Promise<Finding[]> {
  const symbols = [...new Set([...environment.applyAllowlist, ...environment.p33Allowlist])];
  const wrong: Finding[] = [];
  for (const symbol of symbols) {
    const known = parseMarketSymbol(symbol);
    try {
      if (known !== undefined) await exchange.rules(known);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      wrong.push(
        problem('fault', `exchange: ${symbol}`, message, 'Correct the symbol in APPLY_ALLOWLIST or P33_ALLOWLIST.'),
      );
    }
  }
  return wrong.length > 0 ? wrong : [ok('exchange: symbols', `${symbols.join(', ')} with all filters`)];
}

async function accountOf(environment: Environment, exchange: ExchangePort): Promise<Finding[]> {
  try {
    const needsTrading = environment.hasRole('apply') && environment.applyMode !== 'dry_run';
    const [isHedgeMode, canTrade] = await Promise.all([exchange.isHedgeMode(), exchange.canTrade()]);
    return [
      ok('exchange: keys', 'accepted'),
      canTrade || !needsTrading
        ? ok('exchange: trading right', canTrade ? 'yes' : 'no, and not needed by these roles and this mode')
        : problem(
            'fault',
            'exchange: trading right',
            'no',
            'Enable futures trading for the key, or run only ROLES=position-brain,governor with it.',
          ),
      isHedgeMode
        ? problem(
            'fault',
            'exchange: position mode',
            'hedge mode, in which reduce-only orders do not exist',
            'Switch the account to one-way mode (Preferences → Position Mode).',
          )
        : ok('exchange: position mode', 'one-way'),
    ];
  } catch (error) {
    return [failed(environment, error)];
  }
}
