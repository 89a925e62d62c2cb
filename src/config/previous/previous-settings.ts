import type { Role } from '../roles.js';
import type { VariableName } from '../values.js';

/** A variable of the services that this program replaces, of a name that this program does not have. */
export interface PreviousName {
  /** With `*` at its end: every name that begins so. */
  readonly name: string;
  /** Whose service reads it. */
  readonly role: Role;
  /** The variable in its place; without it there is no counterpart. */
  readonly now?: VariableName;
  /** The value in its place; `undefined` for one that cannot be written. Without it the value stays. */
  readonly convert?: (text: string) => string | undefined;
  readonly why: string;
  /** What to do, where there is no counterpart. */
  readonly remedy?: string;
}

const LEVELS: Readonly<Record<string, string>> = {
  DEBUG: 'debug',
  INFO: 'info',
  WARNING: 'warn',
  WARN: 'warn',
  ERROR: 'error',
  CRITICAL: 'fatal',
  FATAL: 'fatal',
};
const logLevel = (name: string, role: Role): PreviousName => ({
  name,
  role,
  now: 'LOG_LEVEL',
  convert: (text) => LEVELS[text.toUpperCase()],
  why: 'One variable sets the log level of every role, in lower case.',
});
const streamName = (name: string, end: string): PreviousName => ({
  name,
  role: 'governor',
  now: 'REDIS_KEY_PREFIX',
  convert: (text) => (text.endsWith(`:${end}`) ? text.slice(0, -end.length) : undefined),
  why: `The stream’s name follows from the key prefix: it always ends with ${end}.`,
});
const renamed = (name: string, role: Role, now: VariableName, why = 'The name is another one.'): PreviousName => ({
  name,
  role,
  now,
  why,
});
const gone = (name: string, role: Role, why: string, remedy: string): PreviousName => ({ name, role, why, remedy });

const OPENING = 'It limits orders that open or grow a position. This system never sends one.';
const NOT_READ = 'Remove it.';
const UNIVERSE = 'No list of symbols is read from Redis. A symbol is traded only if the configuration names it.';
const ALL_SYMBOLS = 'Remove it, and name every symbol in APPLY_ALLOWLIST.';
const LIMITS = 'Limit by number and by value: GOV_MAX_EXEC_PER_HOUR, GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD.';
const SCALING = 'The size of a close follows from its proposal alone; no score scales it.';
const RISK = 'The gate has no limits on risk that a close would lower.';
const FLATTEN = 'The gate closes a position only for a proposal, with both permits.';

/** Names that this program does not have. */
export const PREVIOUS_NAMES: readonly PreviousName[] = [
  logLevel('APPLY_LOG_LEVEL', 'apply'),
  logLevel('P33_LOG_LEVEL', 'position-brain'),
  logLevel('GOV_LOG_LEVEL', 'governor'),
  renamed('METRICS_PORT', 'governor', 'GOV_METRICS_PORT', 'Each role has a metrics port of its own.'),
  renamed('GOVERNOR_METRICS_PORT', 'governor', 'GOV_METRICS_PORT', 'Each role has a metrics port of its own.'),
  renamed('MAX_CLOSE_PER_HOUR', 'governor', 'GOV_MAX_EXEC_PER_HOUR'),
  renamed('MAX_CLOSE_PER_5MIN', 'governor', 'GOV_MAX_EXEC_PER_5MIN'),
  renamed('MAX_REDUCE_NOTIONAL_PER_DAY_USD', 'governor', 'GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD'),
  gone(
    'MAX_REDUCE_QTY_PER_DAY',
    'governor',
    'A limit by quantity makes sense for one symbol only.',
    'Remove it; write maxReduceQtyPerDay for a symbol in config/symbols.yaml if you want such a limit.',
  ),
  renamed('KILL_SCORE_GATE_CRITICAL', 'governor', 'GOV_KILL_SCORE_CRITICAL'),
  renamed('KILL_SCORE_GATE_RISK_INCREASE', 'governor', 'K_BLOCK_WARNING', 'Apply checks this threshold.'),
  streamName('STREAM_PLANS', 'stream:apply.plan'),
  streamName('STREAM_RESULTS', 'stream:apply.result'),
  streamName('STREAM_EVENTS', 'stream:governor.events'),
  gone(
    'APPLY_CONFIG_PATH',
    'governor',
    'Disarming does not edit a file and restarts nothing: it is a state in Redis that every Apply reads, and it lasts until an operator arms.',
    'Remove it. `permit-gate disarm` and `permit-gate arm` do by hand what the file did.',
  ),
  gone(
    'GOV_KILL_SWITCH_ENABLED',
    'governor',
    'The kill switch can always be engaged.',
    'Remove it; `permit-gate kill` engages the switch.',
  ),
  renamed('GOV_KILL_SWITCH_ACTIVE', 'governor', 'APPLY_KILL_SWITCH', 'One kill switch stops all roles.'),
  gone('GOV_FAIL_*', 'governor', 'The Governor always denies when something that it needs is missing.', NOT_READ),
  gone('GOV_MAX_OPEN_POSITIONS', 'governor', OPENING, NOT_READ),
  gone('GOV_MAX_NOTIONAL_PER_TRADE_USDT', 'governor', OPENING, NOT_READ),
  gone('GOV_MAX_TOTAL_NOTIONAL_USDT', 'governor', OPENING, NOT_READ),
  gone(
    'GOV_SYMBOL_COOLDOWN_SECONDS',
    'governor',
    'The old Governor waited so long between orders that open. After a fill the Position Brain waits P33_COOLDOWN_SEC.',
    'Remove it; raise P33_COOLDOWN_SEC if closes must wait longer.',
  ),
  gone('GOV_KILL_SCORE_OPEN_*', 'governor', OPENING, NOT_READ),
  gone(
    'GOV_KILL_SCORE_CLOSE_THRESHOLD',
    'governor',
    'No kill score holds a close back.',
    'Remove it; GOV_KILL_SCORE_CRITICAL holds back what is not a close.',
  ),
  gone('GOV_P29_*', 'governor', RISK, NOT_READ),
  gone('GOV_P31_*', 'governor', SCALING, NOT_READ),
  gone('GOV_DAILY_*', 'governor', 'There is no such budget over all symbols.', `Remove it. ${LIMITS}`),
  gone('GOV_TESTNET_*', 'governor', FLATTEN, NOT_READ),
  gone('GOV_PROD_MODE*', 'governor', 'All checks are on in every mode.', 'Remove it; APPLY_MODE is the mode.'),
  gone('P31_*', 'governor', SCALING, NOT_READ),
  gone(
    'TESTNET',
    'apply',
    'No mode does without permits: both issuers must permit every plan.',
    'Remove it; APPLY_MODE is the mode.',
  ),
  gone('P28_*', 'apply', 'Apply writes no such stream for observers.', NOT_READ),
  gone('RISK_*', 'apply', RISK, NOT_READ),
  gone('UNIVERSE_*', 'apply', UNIVERSE, ALL_SYMBOLS),
  gone('K_OPEN_*', 'apply', OPENING, NOT_READ),
  gone(
    'K_CLOSE_THRESHOLD',
    'apply',
    'No kill score holds a close back.',
    'Remove it; K_BLOCK_CRITICAL and K_BLOCK_WARNING hold back what is not a close.',
  ),
  gone('QTY_SCALE_*', 'apply', SCALING, NOT_READ),
  gone(
    'RECONCILE_*',
    'apply',
    'Plans come from proposals alone; none is taken from another service by a shared secret.',
    'Remove it. `permit-gate reconcile <SYMBOL>` sets the ledger to what the exchange has.',
  ),
  gone('P33_ALLOWLIST_*', 'position-brain', UNIVERSE, 'Remove it, and name every symbol in P33_ALLOWLIST.'),
  gone('P33_UNIVERSE_*', 'position-brain', UNIVERSE, 'Remove it, and name every symbol in P33_ALLOWLIST.'),
];

/** The row of a name; `undefined` for a name that the old services did not have. */
export function previousName(name: string): PreviousName | undefined {
  return PREVIOUS_NAMES.find((row) =>
    row.name.endsWith('*') ? name.startsWith(row.name.slice(0, -1)) : name === row.name,
  );
}
