import { BINANCE_BASES, isLoopbackBase } from '../exchange-base.js';
import type { Environment } from '../environment.js';
import { HIDDEN, NOT_SET, shown, type ConfigFault } from '../fault.js';
import type { Rule } from './rule.js';

const PROOF_SEC = 30;
const TESTNET_PAIR = ['BINANCE_TESTNET_API_KEY', 'BINANCE_TESTNET_API_SECRET'] as const;
const PRODUCTION_PAIR = ['BINANCE_API_KEY', 'BINANCE_API_SECRET'] as const;
type Pair = typeof TESTNET_PAIR | typeof PRODUCTION_PAIR;

const KEYS: Rule['reads'] = ['binanceTestnetApiKey', 'binanceTestnetApiSecret', 'binanceApiKey', 'binanceApiSecret'];

const keysOfThisMode: Rule = {
  says: '`testnet` has no `BINANCE_API_*`, `production` no `BINANCE_TESTNET_API_*`, and a dry run at most one of the pairs.',
  reads: ['applyMode', ...KEYS],
  faults: ({ applyMode, given }) => {
    const inTestnet = TESTNET_PAIR.filter((variable) => given.has(variable));
    const inProduction = PRODUCTION_PAIR.filter((variable) => given.has(variable));
    if (applyMode === 'dry_run' && (inTestnet.length === 0 || inProduction.length === 0)) return [];
    const wrong = applyMode === 'testnet' ? inProduction : applyMode === 'production' ? inTestnet : inProduction;
    const allowed =
      applyMode === 'dry_run'
        ? 'one key pair; BINANCE_TESTNET_API_* is set as well'
        : `not set while APPLY_MODE is ${applyMode}`;
    return wrong.map((variable) => ({ variable, given: HIDDEN, allowed }));
  },
};

const wholePairs: Rule = {
  says: 'A Binance key and its secret are set together.',
  reads: KEYS,
  faults: ({ given }) => [TESTNET_PAIR, PRODUCTION_PAIR].map((pair) => halfPair(pair, given)),
};

function halfPair([key, secret]: Pair, given: ReadonlySet<string>): ConfigFault | false {
  if (given.has(key) === given.has(secret)) return false;
  const [missing, present] = given.has(key) ? [secret, key] : [key, secret];
  return { variable: missing, given: NOT_SET, allowed: `a value, because ${present} is set` };
}

const keysWhereTheyAreNeeded: Rule = {
  says: 'In `testnet` and `production` a process with the role `apply` or `position-brain` has its mode’s key pair.',
  reads: ['applyMode', 'roles', ...KEYS],
  faults: (e) => {
    const talks = e.hasRole('apply') || e.hasRole('position-brain');
    if (e.applyMode === 'dry_run' || !talks) return [];
    const pair = e.applyMode === 'testnet' ? TESTNET_PAIR : PRODUCTION_PAIR;
    if (pair.some((variable) => e.given.has(variable))) return [];
    const allowed = `a value, because APPLY_MODE is ${e.applyMode} and this process talks to the exchange`;
    return pair.map((variable) => ({ variable, given: NOT_SET, allowed }));
  },
};

const bothUrls: Rule = {
  says: '`EXCHANGE_REST_URL` and `EXCHANGE_WS_URL` are set together; a loopback `EXCHANGE_REST_URL` may stand alone.',
  reads: ['exchangeRestUrl', 'exchangeWsUrl'],
  faults: ({ given, exchangeRestUrl }) => {
    const rest = given.has('EXCHANGE_REST_URL');
    const ws = given.has('EXCHANGE_WS_URL');
    if (rest === ws || (rest && isLoopbackBase(exchangeRestUrl))) return [];
    const [missing, present] = rest
      ? ['EXCHANGE_WS_URL', 'EXCHANGE_REST_URL']
      : ['EXCHANGE_REST_URL', 'EXCHANGE_WS_URL'];
    return [{ variable: missing, given: NOT_SET, allowed: `the same exchange’s base, because ${present} is set` }];
  },
};

const basesOfThisMode: Rule = {
  says: 'In `testnet` and `production` neither base is Binance’s own of the other account.',
  reads: ['applyMode', 'exchangeRestUrl', 'exchangeWsUrl'],
  faults: (e) => {
    if (e.applyMode === 'dry_run') return [];
    const other = BINANCE_BASES[e.applyMode === 'testnet' ? 'production' : 'testnet'];
    const allowed = `a base for APPLY_MODE ${e.applyMode}; this one is Binance’s own for the other account`;
    return [
      sameHost(e.exchangeRestUrl, other.rest) && fault('EXCHANGE_REST_URL', e.exchangeRestUrl, allowed),
      sameHost(e.exchangeWsUrl, other.ws) && fault('EXCHANGE_WS_URL', e.exchangeWsUrl, allowed),
    ];
  },
};

const shortProofOnLoopback: Rule = {
  says: `\`EXCHANGE_UNKNOWN_PROOF_SEC\` is below ${PROOF_SEC} only while both exchange URLs are loopback.`,
  reads: ['exchangeUnknownProofSec', 'exchangeRestUrl', 'exchangeWsUrl'],
  faults: (e) => [
    e.exchangeUnknownProofSec < PROOF_SEC &&
      !isLocal(e) &&
      fault(
        'EXCHANGE_UNKNOWN_PROOF_SEC',
        String(e.exchangeUnknownProofSec),
        `at least ${PROOF_SEC}; less only with a loopback exchange`,
      ),
  ],
};

function isLocal({ exchangeRestUrl, exchangeWsUrl }: Environment): boolean {
  return isLoopbackBase(exchangeRestUrl) && isLoopbackBase(exchangeWsUrl);
}

function sameHost(base: string, other: string): boolean {
  return new URL(base).hostname === new URL(other).hostname;
}

function fault(variable: string, given: string, allowed: string): ConfigFault {
  return { variable, given: shown(given), allowed };
}

export const exchangeRules: readonly Rule[] = [
  keysOfThisMode,
  wholePairs,
  keysWhereTheyAreNeeded,
  bothUrls,
  basesOfThisMode,
  shortProofOnLoopback,
];
