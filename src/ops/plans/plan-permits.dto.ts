import { ApiProperty } from '@nestjs/swagger';
import { type Issuer, ISSUERS } from '../../flow/3-permit.js';

export class PermitAnswer {
  @ApiProperty({ enum: ISSUERS, example: 'p33' })
  readonly issuer: Issuer = 'p33';

  @ApiProperty({ enum: ['allow', 'deny', 'unreadable', 'none'], example: 'allow' })
  readonly verdict: string = '';

  @ApiProperty({
    enum: ['stored', 'used', 'unused', 'none'],
    example: 'stored',
    description: 'stored: in Redis now; used: by the claim of the last attempt; unused: removed with its result',
  })
  readonly place: string = '';

  @ApiProperty({ type: Number, nullable: true, example: 57_000, description: 'null if it is not stored' })
  readonly ttl_ms: number | null = null;

  @ApiProperty({ example: 'p33 with key p33-2026', description: '"" if there is none' })
  readonly issued_by: string = '';

  @ApiProperty({ example: 'Position Brain: yes, up to 0.007. It lives 57 s more.', description: 'for a person' })
  readonly text: string = '';

  @ApiProperty({
    type: 'object',
    nullable: true,
    additionalProperties: true,
    example: { allow: true, symbol: 'BTCUSDT', safe_close_qty: 0.007, sig: 'Zk3vQ0aa…' },
    description: 'as it was issued, of its signature only the beginning',
  })
  readonly permit: Readonly<Record<string, unknown>> | null = null;
}

export class PlanPermitsAnswer {
  @ApiProperty({ example: '3f2a9c0d1e4b5a67' })
  readonly plan_id: string = '';

  @ApiProperty({ example: 'BTCUSDT', description: '"" if the plan has no journal' })
  readonly symbol: string = '';

  @ApiProperty({ example: 'WAITING' })
  readonly state: string = '';

  @ApiProperty({ example: 1 })
  readonly attempt: number = 0;

  @ApiProperty({ type: [PermitAnswer], description: 'of the Governor, then of the Position Brain' })
  readonly permits: readonly PermitAnswer[] = [];
}
