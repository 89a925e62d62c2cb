import { binanceAccountOf, isLoopbackBase } from '../exchange-base.js';
import { fault, HIDDEN, NOT_SET, shown } from '../fault.js';
import { rule, together } from './rule.js';

const PROOF_SEC = 30;
const TESTNET_PAIR = ['BINANCE_TESTNET_API_KEY', 'BINANCE_TESTNET_API_SECRET'] as const;
const PRODUCTION_PAIR = ['BINANCE_API_KEY', 'BINANCE_API_SECRET'] as const;

const KEYS = ['binanceTestnetApiKey', 'binanceTestnetApiSecret', 'binanceApiKey', 'binanceApiSecret'] as const;

export const exchangeRules = [
  rule(
    '`testnet` has no `BINANCE_API_*`, `production` no `BINANCE_TESTNET_API_*`, and a dry run at most one of the pairs.',
    ['applyMode', ...KEYS],
    ({ applyMode, given }) => {
      const inTestnet = TESTNET_PAIR.filter((variable) => given.has(variable));
      const inProduction = PRODUCTION_PAIR.filter((variable) => given.has(variable));
      if (applyMode === 'dry_run') {
        const allowed = 'one key pair; BINANCE_TESTNET_API_* is set as well';
        return inTestnet.length === 0 ? [] : inProduction.map((variable) => fault(variable, HIDDEN, allowed));
      }
      const ofOtherMode = applyMode === 'testnet' ? inProduction : inTestnet;
      return ofOtherMode.map((variable) => fault(variable, HIDDEN, `not set while APPLY_MODE is ${applyMode}`));
    },
  ),

  together(...TESTNET_PAIR),
  together(...PRODUCTION_PAIR),

  rule(
    'In `testnet` and `production` a process with the role `apply` or `position-brain` has its mode’s key pair.',
    ['applyMode', 'roles', ...KEYS],
    ({ applyMode, roles, given }) => {
      const usesExchange = roles.has('apply') || roles.has('position-brain');
      if (applyMode === 'dry_run' || !usesExchange) return [];
      const pair = applyMode === 'testnet' ? TESTNET_PAIR : PRODUCTION_PAIR;
      if (pair.some((variable) => given.has(variable))) return [];
      const allowed = `a value, because APPLY_MODE is ${applyMode} and this process talks to the exchange`;
      return pair.map((variable) => fault(variable, NOT_SET, allowed));
    },
  ),

  rule(
    '`EXCHANGE_REST_URL` and `EXCHANGE_WS_URL` are set together; a loopback `EXCHANGE_REST_URL` may stand alone.',
    ['exchangeRestUrl', 'exchangeWsUrl'],
    ({ given, exchangeRestUrl }) => {
      const hasRest = given.has('EXCHANGE_REST_URL');
      const hasWs = given.has('EXCHANGE_WS_URL');
      return [
        !hasRest ||
          hasWs ||
          isLoopbackBase(exchangeRestUrl) ||
          fault('EXCHANGE_WS_URL', NOT_SET, 'the same exchange’s base, because EXCHANGE_REST_URL is set'),
        !hasWs ||
          hasRest ||
          fault('EXCHANGE_REST_URL', NOT_SET, 'the same exchange’s base, because EXCHANGE_WS_URL is set'),
      ];
    },
  ),

  rule(
    'In `testnet` and `production` neither base is Binance’s own of the other account.',
    ['applyMode', 'exchangeRestUrl', 'exchangeWsUrl'],
    ({ applyMode, exchangeRestUrl, exchangeWsUrl }) => {
      if (applyMode === 'dry_run') return [];
      const other = applyMode === 'testnet' ? 'production' : 'testnet';
      const allowed = `a base for APPLY_MODE ${applyMode}; this one is Binance’s own for the other account`;
      return [
        binanceAccountOf(exchangeRestUrl) !== other || fault('EXCHANGE_REST_URL', shown(exchangeRestUrl), allowed),
        binanceAccountOf(exchangeWsUrl) !== other || fault('EXCHANGE_WS_URL', shown(exchangeWsUrl), allowed),
      ];
    },
  ),

  rule(
    `\`EXCHANGE_UNKNOWN_PROOF_SEC\` is below ${PROOF_SEC} only while both exchange URLs are loopback.`,
    ['exchangeUnknownProofSec', 'exchangeRestUrl', 'exchangeWsUrl'],
    ({ exchangeUnknownProofSec: proofSec, exchangeRestUrl, exchangeWsUrl }) => [
      proofSec >= PROOF_SEC ||
        (isLoopbackBase(exchangeRestUrl) && isLoopbackBase(exchangeWsUrl)) ||
        fault(
          'EXCHANGE_UNKNOWN_PROOF_SEC',
          shown(proofSec),
          `at least ${PROOF_SEC}; less only with a loopback exchange`,
        ),
    ],
  ),
];
