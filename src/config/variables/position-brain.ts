import { derivedFrom, variablesOf } from '../declaration.js';
import { fractional, port, seconds, whole } from '../kinds/numbers.js';
import { oneOf, symbols } from '../kinds/words.js';
import { ApplyVariables } from './apply.js';

const DAY_SEC = 86_400;
const BOOTSTRAPS = ['adopt', 'hold'] as const;
type Bootstrap = (typeof BOOTSTRAPS)[number];

/** A permit must outlive the window of the attempt it is for; it is a Redis expiry, so whole seconds. */
export const PERMIT_TTL = whole({ min: 1, max: 3600 }, 'seconds');

const PositionBrain = variablesOf(
  'Position Brain',
  'Snapshots of the exchange, the ledger of explained fills, and the P3.3 permit.',
);

export class PositionBrainVariables extends ApplyVariables {
  @PositionBrain(
    'P33_ALLOWLIST',
    symbols(),
    'The symbols it issues permits for.',
    derivedFrom('`APPLY_ALLOWLIST`', ({ applyAllowlist }: PositionBrainVariables) => applyAllowlist),
  )
  readonly p33Allowlist: string[] = ['BTCUSDT'];

  @PositionBrain('P33_POLL_SEC', seconds({ min: 0.05, max: 3600 }), 'How often all positions are read afresh.')
  readonly p33PollSec: number = 5;

  @PositionBrain(
    'P33_STALE_THRESHOLD_SEC',
    seconds({ min: 0.1, max: 3600 }),
    'An older snapshot gives no permit: `stale_exchange_state`.',
  )
  readonly p33StaleThresholdSec: number = 10;

  @PositionBrain(
    'P33_COOLDOWN_SEC',
    seconds({ min: 0, max: DAY_SEC }),
    'How long after a fill a symbol gets no permit. Per symbol: `cooldownSec`.',
  )
  readonly p33CooldownSec: number = 15;

  @PositionBrain(
    'P33_QTY_TOLERANCE_PCT',
    fractional({ min: 0, max: 100 }, 'percent'),
    'How far ledger and exchange may differ, of the exchange amount; never less than half a step. Per symbol: `tolerancePct`.',
  )
  readonly p33QtyTolerancePct: number = 1;

  @PositionBrain('P33_PERMIT_TTL', PERMIT_TTL, 'How long its permit is kept.')
  readonly p33PermitTtl: number = 60;

  @PositionBrain(
    'P33_LEDGER_BOOTSTRAP',
    oneOf(BOOTSTRAPS),
    'Where no ledger exists yet: adopt the exchange amount, or hold the symbol until an operator reconciles it.',
    derivedFrom('`adopt`; `hold` in production', ({ applyMode }: PositionBrainVariables): Bootstrap =>
      applyMode === 'production' ? 'hold' : 'adopt',
    ),
  )
  readonly p33LedgerBootstrap: Bootstrap = 'adopt';

  @PositionBrain('P33_METRICS_PORT', port('turns it off'), 'Serves `/metrics` there too while the role is on.')
  readonly p33MetricsPort: number = 8045;
}
