import { variablesOf } from '../declaration.js';
import { port, positiveDecimal, seconds, whole } from '../kinds/numbers.js';
import { flag, oneOf } from '../kinds/words.js';
import { KILL_SCORE } from './apply.js';
import { PERMIT_TTL, PositionBrainVariables } from './position-brain.js';

const EXECUTIONS = whole({ min: 1, max: 100_000 });
const APPROVALS = ['auto', 'manual'] as const;

const Governor = variablesOf('Governor', 'Limits per symbol, and what disarms the system.');

export class GovernorVariables extends PositionBrainVariables {
  @Governor('GOV_APPROVAL', oneOf(APPROVALS), 'With `manual` a person must approve each plan.')
  readonly govApproval: (typeof APPROVALS)[number] = 'auto';

  @Governor('GOV_MAX_EXEC_PER_HOUR', EXECUTIONS, 'Executions in a rolling hour. Per symbol: `maxExecPerHour`.')
  readonly govMaxExecPerHour: number = 3;

  @Governor('GOV_MAX_EXEC_PER_5MIN', EXECUTIONS, 'Executions in rolling five minutes. Per symbol: `maxExecPer5Min`.')
  readonly govMaxExecPer5Min: number = 2;

  @Governor(
    'GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD',
    positiveDecimal('USD'),
    'What may be closed in a UTC day, by value. Per symbol: `maxReduceNotionalPerDayUsd`.',
  )
  readonly govMaxReduceNotionalPerDayUsd: string = '5000';

  @Governor(
    'GOV_MAX_REDUCE_QTY_PER_DAY',
    positiveDecimal('in the symbol’s own units'),
    'What may be closed in a UTC day, by quantity; no limit unless set. One figure rarely suits several symbols: prefer `maxReduceQtyPerDay` per symbol.',
  )
  readonly govMaxReduceQtyPerDay: string | undefined = undefined;

  @Governor('GOV_KILL_SCORE_CRITICAL', KILL_SCORE, 'At or above this kill score only closes get a permit.')
  readonly govKillScoreCritical: number = 0.8;

  @Governor('GOV_PERMIT_TTL', PERMIT_TTL, 'How long its permit is kept.')
  readonly govPermitTtl: number = 60;

  @Governor('GOV_ENABLE_AUTO_DISARM', flag(), 'Whether the Governor may disarm the system by itself.')
  readonly govEnableAutoDisarm: boolean = true;

  @Governor(
    'GOV_DISARM_ON_ERROR_COUNT',
    whole({ min: 1, max: 10_000 }),
    'How many of its own evaluation errors in the window below disarm.',
  )
  readonly govDisarmOnErrorCount: number = 5;

  @Governor(
    'GOV_DISARM_ERROR_WINDOW_SEC',
    seconds({ min: 1, max: 86_400 }),
    'The rolling window in which those errors are counted.',
  )
  readonly govDisarmErrorWindowSec: number = 600;

  @Governor('GOV_DISARM_ON_BURST_BREACH', flag(), 'Whether a plan beyond the five-minute limit disarms.')
  readonly govDisarmOnBurstBreach: boolean = false;

  @Governor('GOV_METRICS_PORT', port('turns it off'), 'Serves `/metrics` there too while the role is on.')
  readonly govMetricsPort: number = 0;
}
