import type { Role } from '../roles.js';
import type { VariableName } from '../values.js';

/** A variable that keeps its name and means something else. */
export interface ChangedMeaning {
  readonly name: VariableName;
  readonly role: Role;
  /** The values that mean something else; without it all do. */
  readonly concerns?: (text: string) => boolean;
  readonly why: string;
  /** What to write instead; without it nothing must be changed. The variable itself is then left out. */
  readonly remedy?: (text: string) => string;
}

const isTrueOrFalse = (text: string): boolean => /^(?:true|false)$/i.test(text);
/** Python compared the text with `true`: `1` and `yes` were false. */
const onlyTrueWasTrue = (name: VariableName, role: Role): ChangedMeaning => ({
  name,
  role,
  concerns: (text) => !isTrueOrFalse(text),
  why: 'The old service read every value but `true` as false; here 1 is true.',
  remedy: () => `Write ${name}=true or ${name}=false.`,
});

export const CHANGED_MEANINGS: readonly ChangedMeaning[] = [
  {
    name: 'APPLY_MODE',
    role: 'apply',
    concerns: (text) => text === 'testnet',
    why: 'The testnet’s address is demo-fapi.binance.com; the old services call testnet.binancefuture.com. `permit-gate doctor` checks whether the keys are valid there. The old address: EXCHANGE_REST_URL=https://testnet.binancefuture.com with EXCHANGE_WS_URL=wss://fstream.binancefuture.com.',
  },
  {
    name: 'K_BLOCK_CRITICAL',
    role: 'apply',
    why: 'At or above it the old Apply let nothing pass. Here closes pass.',
  },
  {
    name: 'APPLY_KILL_SWITCH',
    role: 'apply',
    concerns: isTrueOrFalse,
    why: 'It only engages the switch at the start. The switch is in Redis: `false` does not release it, `permit-gate release` does.',
  },
  onlyTrueWasTrue('APPLY_KILL_SWITCH', 'apply'),
  {
    name: 'REDIS_DB',
    role: 'apply',
    concerns: (text) => text !== '0',
    why: 'The old Apply always used database 0. Here every role uses REDIS_DB, and all must use the same.',
  },
  {
    name: 'P33_POLL_SEC',
    role: 'position-brain',
    concerns: (text) => Number(text) > 0 && Number(text) < 5,
    why: 'Permits do not wait for it. The exchange pushes changes of a position; a short interval only spends request weight. The default is 5.',
  },
  {
    name: 'P33_QTY_TOLERANCE_PCT',
    role: 'position-brain',
    why: 'The old Position Brain always allowed a difference of 0.001. Here it is this percentage, and never less than half a step of the symbol.',
  },
  {
    name: 'GOV_MAX_REDUCE_QTY_PER_DAY',
    role: 'governor',
    why: 'It is a limit of its own for every symbol. The old Governor used it only when it had no price: 0.02 then never blocked a close of 1 500 USD, and here it does.',
    remedy: (text) =>
      `Remove it: GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD limits by value. For a limit by quantity write it for a symbol in config/symbols.yaml: symbols: {BTCUSDT: {maxReduceQtyPerDay: ${text}}}.`,
  },
  {
    name: 'GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD',
    role: 'governor',
    why: 'It counts in every mode and for every close. Some old Governors let closes of the testnet pass without limits.',
  },
  {
    name: 'GOV_KILL_SCORE_CRITICAL',
    role: 'governor',
    why: 'Closes of every size pass at or above it; the old Governor let only the action CLOSE pass.',
  },
  onlyTrueWasTrue('GOV_ENABLE_AUTO_DISARM', 'governor'),
  onlyTrueWasTrue('GOV_DISARM_ON_BURST_BREACH', 'governor'),
  {
    name: 'GOV_ENABLE_AUTO_DISARM',
    role: 'governor',
    concerns: (text) => text.toLowerCase() === 'true',
    why: 'Disarming is a state in Redis for all copies of Apply. It lasts until `permit-gate arm`; nothing is restarted and no file changes.',
  },
  {
    name: 'GOV_DISARM_ON_ERROR_COUNT',
    role: 'governor',
    why: 'Errors count for GOV_DISARM_ERROR_WINDOW_SEC (600). The old Governor counted them since its start.',
  },
];

/** What a variable does that is not set, where the old service did something else. */
export interface ChangedDefault {
  readonly name: VariableName;
  /** Without it the row is for every role. */
  readonly role?: Role;
  /** What the old service does without it, and what is different here. */
  readonly why: string;
  readonly remedy: string;
  /** Only for a process that does not run Apply. */
  readonly alone?: true;
  readonly mustChange?: true;
}

const keep = (name: VariableName, value: string): { name: VariableName; remedy: string } => ({
  name,
  remedy: `To keep it: ${name}=${value}.`,
});
/** What a process without Apply must have as Apply has it. */
const asApply = (name: VariableName, role: Role, why: string): ChangedDefault => ({
  name,
  role,
  why,
  alone: true,
  mustChange: true,
  remedy: `Write ${name} as Apply has it.`,
});
const OTHER_MODE =
  'Without it this process runs as dry_run. Apply ignores permits that were given in another mode than its own.';
const OWN_HTTP_PORT = 'Each process serves HTTP, on 8080 unless HTTP_PORT says otherwise. The old services do not.';

export const CHANGED_DEFAULTS: readonly ChangedDefault[] = [
  {
    ...keep('APPLY_REPEAT_POLICY', 'every_proposal'),
    role: 'apply',
    why: 'The old Apply carries out each proposal with a new computed_at_utc. Here a proposal that was carried out runs again only after it changed.',
  },
  {
    ...keep('APPLY_PROPOSAL_MAX_AGE_SEC', '86400'),
    role: 'apply',
    why: 'The old Apply takes proposals of any age. Here one older than 60 s is `proposal_stale`; a day is the longest.',
  },
  {
    ...keep('APPLY_MAX_ATTEMPTS', '1'),
    role: 'apply',
    why: 'The old Apply tries a plan once. Here it is tried up to 5 times while its proposal is fresh.',
  },
  {
    ...keep('SYMBOLS', 'BTCUSDT,ETHUSDT,SOLUSDT'),
    role: 'apply',
    why: 'The old Apply then watches BTCUSDT, ETHUSDT and SOLUSDT. Here it watches those of APPLY_ALLOWLIST; others are not reported as SKIP.',
  },
  {
    ...keep('APPLY_METRICS_PORT', '8043'),
    role: 'apply',
    why: 'The old Apply serves metrics on 8043. Here only HTTP_PORT does.',
  },
  {
    ...keep('GOV_DISARM_ON_BURST_BREACH', 'true'),
    role: 'governor',
    why: 'The old Governor disarms on a plan beyond the five-minute limit. Here the plan is only blocked.',
  },
  {
    ...keep('GOV_METRICS_PORT', '8044'),
    role: 'governor',
    why: 'The old Governor serves metrics on 8044. Here only HTTP_PORT does.',
  },
  asApply('APPLY_MODE', 'position-brain', OTHER_MODE),
  asApply('APPLY_MODE', 'governor', OTHER_MODE),
  asApply(
    'APPLY_ALLOWLIST',
    'governor',
    'The old Governor has no list of symbols. Here it blocks what APPLY_ALLOWLIST (BTCUSDT) does not name.',
  ),
  {
    ...keep('HTTP_HOST', '0.0.0.0'),
    why: 'The old services serve metrics on every address of the machine. Here HTTP, the API and metrics listen on 127.0.0.1 only.',
  },
  {
    name: 'HTTP_PORT',
    role: 'position-brain',
    alone: true,
    why: OWN_HTTP_PORT,
    remedy: 'Write HTTP_PORT=8081 if another role runs on this machine.',
  },
  {
    name: 'HTTP_PORT',
    role: 'governor',
    alone: true,
    why: OWN_HTTP_PORT,
    remedy: 'Write HTTP_PORT=8082 if another role runs on this machine.',
  },
];
