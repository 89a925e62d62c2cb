import { ApiProperty } from '@nestjs/swagger';
import { ROLES, type Role } from '../../config/roles.js';
import { COMPARED, type Compared, INSTANCE_STATES, type InstanceState } from '../../gates/why/fleet.js';

const TIME = 1_790_000_000_000;

export class InstanceAnswer {
  @ApiProperty({ enum: ROLES, example: 'governor' })
  readonly role!: Role;

  @ApiProperty({ description: 'INSTANCE_ID; of a service of another make the name of its consumer', example: 'gov-1' })
  readonly instance!: string;

  @ApiProperty({ enum: Object.keys(INSTANCE_STATES), example: 'ready' })
  readonly state!: InstanceState;

  @ApiProperty({ description: 'the state for a person', example: 'It is ready.' })
  readonly text!: string;

  @ApiProperty({ description: 'false: a consumer without a lease, such as a service of another make', example: true })
  readonly ours!: boolean;

  @ApiProperty({ type: [String], description: 'why it is not ready', example: [] })
  readonly faults!: readonly string[];

  @ApiProperty({ description: 'epoch ms by the clock of Redis: its last heartbeat, or its last read', example: TIME })
  readonly seen_ms!: number;

  @ApiProperty({ type: Number, nullable: true, description: 'epoch ms by the clock of its host', example: TIME })
  readonly started_ms!: number | null;

  @ApiProperty({ type: String, nullable: true, example: '0.1.0' })
  readonly version!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'what it was built from', example: '1a2b3c4d5e6f' })
  readonly commit!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'digest of the effective configuration, without secrets and without what is of one process',
    example: '5d6e7f8a',
  })
  readonly configuration!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'testnet' })
  readonly mode!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'host-1' })
  readonly host!: string | null;

  @ApiProperty({ type: Number, nullable: true, example: 4711 })
  readonly pid!: number | null;

  @ApiProperty({ enum: COMPARED, isArray: true, description: 'in what it differs from most others', example: [] })
  readonly differs!: readonly Compared[];

  @ApiProperty({
    type: [String],
    description: 'the sections of docs/configuration.md in which its configuration differs',
    example: [],
  })
  readonly differs_in!: readonly string[];
}

export class MissingRoleAnswer {
  @ApiProperty({ enum: ROLES, example: 'governor' })
  readonly role!: Role;

  @ApiProperty({ type: Number, nullable: true, description: 'epoch ms; null if it never had a process', example: TIME })
  readonly last_seen_ms!: number | null;

  @ApiProperty({ example: 'No process with ROLES=governor is alive, and none was seen before.' })
  readonly text!: string;

  @ApiProperty({ description: 'the one command that helps', example: 'ROLES=governor permit-gate serve' })
  readonly remedy!: string;
}

export class FleetAnswer {
  @ApiProperty({ description: 'epoch ms by the clock of Redis', example: TIME })
  readonly at_ms!: number;

  @ApiProperty({ description: 'every role has a process, and every process is ready', example: true })
  readonly complete!: boolean;

  @ApiProperty({ type: [InstanceAnswer], description: 'also those that were lost or ended in the last ten minutes' })
  readonly instances!: readonly InstanceAnswer[];

  @ApiProperty({ type: [MissingRoleAnswer], description: 'roles that no living process has' })
  readonly missing!: readonly MissingRoleAnswer[];
}
