import { DAY_SEC, KILL_SCORE, METRICS, PERMIT_TTL } from './of-several-sections.js';
import { fractional, port, positiveDecimal, seconds, whole } from './value-parsers/numbers.js';
import { flag, oneOf } from './value-parsers/words.js';
import { NONE, section, variable } from './variable.js';

const EXECUTIONS = whole(1, 100_000);

export const GOVERNOR_SECTION = section('Governor', 'Limits per symbol, and what disarms the system.', {
  GOV_APPROVAL: variable(oneOf('auto', 'manual'), 'auto', 'With `manual` a person must approve each plan.', {
    perSymbol: 'approval',
  }),
  GOV_APPROVAL_ABOVE_USD: variable(
    positiveDecimal('USD'),
    NONE,
    'A plan of more than this notional, as the Governor judges it, needs a person also with `auto`; no such bound unless set.',
    { perSymbol: 'approvalAboveUsd' },
  ),
  GOV_APPROVALS_NEEDED: variable(
    whole(1, 2),
    1,
    'How many different people must approve a plan that needs it: different names of tokens.',
    { perSymbol: 'approvalsNeeded' },
  ),
  GOV_MAX_EXEC_PER_HOUR: variable(EXECUTIONS, 3, 'Executions in a rolling hour.', { perSymbol: 'maxExecPerHour' }),
  GOV_MAX_EXEC_PER_5MIN: variable(EXECUTIONS, 2, 'Executions in rolling five minutes.', {
    perSymbol: 'maxExecPer5Min',
  }),
  GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD: variable(
    positiveDecimal('USD'),
    '5000',
    'What may be closed in a UTC day, by value.',
    { perSymbol: 'maxReduceNotionalPerDayUsd' },
  ),
  GOV_MAX_REDUCE_QTY_PER_DAY: variable(
    positiveDecimal('in the symbol’s own units'),
    NONE,
    'What may be closed in a UTC day, by quantity; no limit unless set. One figure rarely suits several symbols: prefer a value per symbol.',
    { perSymbol: 'maxReduceQtyPerDay' },
  ),
  GOV_PRICE_BAND_PCT: variable(
    fractional(0.1, 50, 'percent'),
    10,
    'How far the snapshot’s mark price may differ from the Governor’s own. Beyond it only full closes pass, counted at the higher price plus this share.',
  ),
  GOV_KILL_SCORE_CRITICAL: variable(KILL_SCORE, 0.8, 'At or above this kill score only closes get a permit.'),
  GOV_PERMIT_TTL: variable(PERMIT_TTL, 60, 'How long its permit is kept.'),
  GOV_ENABLE_AUTO_DISARM: variable(flag(), true, 'Whether the Governor may disarm the system by itself.'),
  GOV_DISARM_ON_ERROR_COUNT: variable(
    whole(1, 10_000),
    5,
    'How many of its own evaluation errors in the window below disarm.',
  ),
  GOV_DISARM_ERROR_WINDOW_SEC: variable(
    seconds(1, DAY_SEC),
    600,
    'The rolling window in which those errors are counted.',
  ),
  GOV_DISARM_ON_BURST_BREACH: variable(flag(), false, 'Whether a plan beyond the five-minute limit disarms.'),
  GOV_METRICS_PORT: variable(port('turns it off'), 0, METRICS),
});
