import { derivedFrom, variablesOf } from '../declaration.js';
import { fractional, milliseconds, port, seconds, whole } from '../kinds/numbers.js';
import { flag, oneOf, symbols } from '../kinds/words.js';
import { RedisVariables } from './redis.js';

const DAY_SEC = 86_400;
const REPEAT_POLICIES = ['once_per_episode', 'every_proposal'] as const;
/** A kill score has no upper bound of its own; 100 leaves room for any scale in use. */
export const KILL_SCORE = fractional({ min: 0, max: 100 });

const Apply = variablesOf('Apply', 'From proposal to order.');

export class ApplyVariables extends RedisVariables {
  @Apply('APPLY_ALLOWLIST', symbols(), 'The symbols that may be traded.')
  readonly applyAllowlist: string[] = ['BTCUSDT'];

  @Apply(
    'SYMBOLS',
    symbols(),
    'Whose proposals Apply watches. One that no allowlist names ends as `SKIP`, `not_in_allowlist`.',
    derivedFrom('`APPLY_ALLOWLIST`', ({ applyAllowlist }: ApplyVariables) => applyAllowlist),
  )
  readonly symbols: string[] = ['BTCUSDT'];

  @Apply('APPLY_POLL_SEC', seconds({ min: 0.05, max: 3600 }), 'How often the proposal hashes are read.')
  readonly applyPollSec: number = 5;

  @Apply(
    'APPLY_PERMIT_WAIT_MS',
    milliseconds({ min: 50, max: 60_000 }),
    'The window: how long after its publication an attempt may still be claimed.',
  )
  readonly applyPermitWaitMs: number = 1200;

  @Apply(
    'APPLY_PERMIT_STEP_MS',
    milliseconds({ min: 10, max: 59_999 }),
    'How often waiting plans are checked for permits that came without an event.',
  )
  readonly applyPermitStepMs: number = 100;

  @Apply(
    'APPLY_DEDUPE_TTL_SEC',
    seconds({ min: 1, max: 30 * DAY_SEC }),
    'How long a published plan is not published again.',
  )
  readonly applyDedupeTtlSec: number = 21_600;

  @Apply('APPLY_PROPOSAL_MAX_AGE_SEC', seconds({ min: 0.1, max: DAY_SEC }), 'An older proposal is `proposal_stale`.')
  readonly applyProposalMaxAgeSec: number = 60;

  @Apply('APPLY_MAX_ATTEMPTS', whole({ min: 1, max: 100 }), 'How often a plan is tried while its proposal is fresh.')
  readonly applyMaxAttempts: number = 5;

  @Apply(
    'APPLY_REPEAT_POLICY',
    oneOf(REPEAT_POLICIES),
    'Whether a standing proposal that was carried out may run again before it changes.',
  )
  readonly applyRepeatPolicy: (typeof REPEAT_POLICIES)[number] = 'once_per_episode';

  @Apply('APPLY_KILL_SWITCH', flag(), 'Engages the kill switch at start. The live switch is in Redis and latched.')
  readonly applyKillSwitch: boolean = false;

  @Apply('K_BLOCK_CRITICAL', KILL_SCORE, 'At or above this kill score only closes pass.')
  readonly kBlockCritical: number = 0.8;

  @Apply('K_BLOCK_WARNING', KILL_SCORE, 'At or above this kill score no action passes that keeps risk on.')
  readonly kBlockWarning: number = 0.6;

  @Apply('APPLY_METRICS_PORT', port('turns it off'), 'Serves `/metrics` there too while the role is on.')
  readonly applyMetricsPort: number = 0;
}
