import {
  Amount,
  AmountOrNull,
  Part,
  PartOrNull,
  Parts,
  Text,
  TextOrNull,
  Texts,
  Truth,
  TruthOrNull,
  Word,
} from '../openapi/members.js';
import { ApiProperty } from '@nestjs/swagger';
import { ArmAnswer, GovernorDisarmAnswer, KillSwitchAnswer } from '../control/control.dto.js';
import { DeploymentAnswer } from './deployment.dto.js';

const NOW = 1_764_518_400_000;
const EXCHANGE_STATES = ['ok', 'failing', 'never_answered', 'no_credentials'] as const;

export class LoopAnswer {
  @Text('the name of the loop', 'plans')
  readonly name!: string;

  @Amount('since its last turn', 12)
  readonly idle_ms!: number;

  @Amount('how long it may rest', 30_000)
  readonly allowed_idle_ms!: number;

  @Truth('it has turned in time')
  readonly alive!: boolean;
}

export class RoleAnswer {
  @Text('apply, position-brain or governor', 'apply')
  readonly role!: string;

  @Parts(() => LoopAnswer)
  readonly loops!: readonly LoopAnswer[];
}

export class BuildAnswer {
  @Text('of permit-gate', '0.1.0')
  readonly version!: string;

  @TextOrNull('what it was built from; null where the build does not know', '1a2b3c4d5e6f')
  readonly commit!: string | null;

  @Text('of Node', 'v24.1.0')
  readonly node!: string;
}

export class RedisFindingAnswer {
  @Text('a setting of Redis', 'maxmemory-policy')
  readonly what!: string;

  @Truth('it is as it must be')
  readonly ok!: boolean;

  @Text('what it is', 'noeviction')
  readonly found!: string;
}

export class RedisAnswer {
  @Truth('it answers and is configured as it must be')
  readonly ok!: boolean;

  @Text('what is wrong, and what to do', '')
  readonly message!: string;

  @Parts(() => RedisFindingAnswer)
  readonly findings!: readonly RedisFindingAnswer[];
}

export class ExchangeAnswer {
  @Word('no_credentials: this process has no keys', EXCHANGE_STATES)
  readonly state!: (typeof EXCHANGE_STATES)[number];

  @AmountOrNull('request weight of the last minute; 2 400 are allowed', 63)
  readonly weight_used_1m!: number | null;

  @AmountOrNull('when the ban of this address ends', null)
  readonly banned_until_ms!: number | null;

  @AmountOrNull('when it answered last', NOW)
  readonly last_answer_ms!: number | null;

  @Text('empty where there is none', '')
  readonly last_error!: string;
}

export class ClockAnswer {
  @AmountOrNull("Redis' clock minus this host's", 3)
  readonly redis_offset_ms!: number | null;

  @AmountOrNull("the exchange's clock minus this host's", -12)
  readonly exchange_offset_ms!: number | null;

  @AmountOrNull('how far off that may be', 20)
  readonly exchange_uncertainty_ms!: number | null;
}

export class LagAnswer {
  @Text('the key of the stream', 'quantum:stream:apply.plan')
  readonly stream!: string;

  @Text('the consumer group', 'governor')
  readonly group!: string;

  @Truth('false until a process with that role makes it')
  readonly exists!: boolean;

  @AmountOrNull('entries that were not read yet', 0)
  readonly lag!: number | null;

  @Amount('entries that are being handled', 0)
  readonly pending!: number;
}

/** What Redis says is null while it does not answer; `redis` says why. */
export class StatusAnswer extends DeploymentAnswer {
  @Text('INSTANCE_ID of the process that answers', 'gate-0')
  readonly instance!: string;

  @Text('dry_run, testnet or production', 'testnet')
  readonly mode!: string;

  @Text('REDIS_KEY_PREFIX', 'quantum:')
  readonly key_prefix!: string;

  @TextOrNull('the account without its key; null where this process does not know it', '3f2a9c0d1e4b5a67')
  readonly account_id!: string | null;

  @Texts('the symbols that may be traded', ['BTCUSDT'])
  readonly symbols!: string[];

  @Text('how far the process has started', 'running')
  readonly phase!: string;

  @Text('what the phase waits for', '')
  readonly detail!: string;

  @Part(() => BuildAnswer)
  readonly build!: BuildAnswer;

  @Amount('since the process started, in seconds', 3_600)
  readonly uptime_sec!: number;

  @Parts(() => RoleAnswer, 'of this process')
  readonly roles!: readonly RoleAnswer[];

  @TruthOrNull('false: every plan is a dry run')
  readonly armed!: boolean | null;

  @PartOrNull(() => ArmAnswer, 'null too where Redis has none')
  readonly arm!: ArmAnswer | null;

  @PartOrNull(() => GovernorDisarmAnswer, 'null too where there is none')
  readonly governor_disarm!: GovernorDisarmAnswer | null;

  @PartOrNull(() => KillSwitchAnswer)
  readonly kill_switch!: KillSwitchAnswer | null;

  @Part(() => RedisAnswer)
  readonly redis!: RedisAnswer;

  @Part(() => ExchangeAnswer)
  readonly exchange!: ExchangeAnswer;

  @Part(() => ClockAnswer)
  readonly clock!: ClockAnswer;

  @ApiProperty({ type: LagAnswer, isArray: true, nullable: true, description: 'how far every consumer group is' })
  readonly lag!: readonly LagAnswer[] | null;
}

const SETTING_VALUE = {
  nullable: true,
  oneOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }, { type: 'array', items: { type: 'string' } }],
};

export class SettingAnswer {
  @Text('the variable', 'APPLY_MODE')
  readonly name!: string;

  @Text('the heading of docs/configuration.md that it stands under', 'Process')
  readonly group!: string;

  @ApiProperty({ ...SETTING_VALUE, description: 'as in `configuration`', example: 'testnet' })
  readonly value!: string | number | boolean | readonly string[] | null;

  @Truth('it is what holds where nothing is set', false)
  readonly is_default!: boolean;
}

export class ConfigurationAnswer {
  @ApiProperty({
    type: 'object',
    description: 'the effective value of each variable; a secret shows only whether it is set',
    additionalProperties: SETTING_VALUE,
    example: { APPLY_MODE: 'testnet', SYMBOLS: ['BTCUSDT'], ADMIN_TOKENS_FILE: '/run/secrets/tokens.json' },
  })
  readonly configuration!: Readonly<Record<string, string | number | boolean | readonly string[] | null>>;

  @Parts(() => SettingAnswer, 'each variable, in the order of docs/configuration.md')
  readonly settings!: readonly SettingAnswer[];
}
