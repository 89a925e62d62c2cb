import { ApiProperty } from '@nestjs/swagger';
import { InFlightAnswer } from './control.dto.js';

export class SuspensionAnswer {
  @ApiProperty({ example: 'the-operator', description: 'the name of the token; "" if what is stored is not readable' })
  readonly by: string = '';

  @ApiProperty({ example: 'delisting announced' })
  readonly reason: string = '';

  @ApiProperty({
    example: 1_790_000_000_000,
    description: "epoch ms by Redis' clock; 0 if what is stored is not readable",
  })
  readonly at_ms: number = 0;
}

/** What a change of the allowlist at run time has done. */
export class AllowlistAnswer {
  @ApiProperty({ example: 'BTCUSDT' })
  readonly symbol: string = '';

  @ApiProperty({ example: false, description: 'the configuration has it and nobody has suspended it' })
  readonly allowed: boolean = false;

  @ApiProperty({ example: true, description: 'false if it was suspended, or allowed, already' })
  readonly changed: boolean = false;

  @ApiProperty({ type: SuspensionAnswer, nullable: true, description: 'the one that holds now' })
  readonly suspension: SuspensionAnswer | null = null;
}

export class SuspendedAnswer extends AllowlistAnswer {
  @ApiProperty({
    type: [InFlightAnswer],
    description: 'orders that were claimed before; none can reach the exchange now',
  })
  readonly in_flight: readonly InFlightAnswer[] = [];
}
