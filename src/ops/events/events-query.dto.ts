import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsOptional, Matches, Max, Min } from 'class-validator';

/** The types of events, in the order of a plan's life; the last two are about the stream itself. */
export const EVENT_TYPES = [
  'plan.published',
  'permit.issued',
  'permit.denied',
  'order.sent',
  'result.recorded',
  'control.changed',
  'hold.changed',
  'fleet.changed',
  'events.gap',
  'state',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

const listed = ({ value }: { value: unknown }): unknown =>
  (Array.isArray(value) ? value : [value]).flatMap((each) => (typeof each === 'string' ? each.split(',') : [each]));
const listedInCapitals = (given: { value: unknown }): unknown =>
  (listed(given) as unknown[]).map((each) => (typeof each === 'string' ? each.trim().toUpperCase() : each));

export const MOST_RECENT = 500;

export class EventsQuery {
  @ApiProperty({
    required: false,
    type: [String],
    description: 'only events of these symbols, in any case, and those of none',
    example: ['BTCUSDT'],
  })
  @IsOptional()
  @Transform(listedInCapitals)
  @Matches(/^[\p{L}\p{N}_]{1,40}$/u, { each: true, message: 'must be symbols such as BTCUSDT' })
  readonly symbol?: readonly string[];

  @ApiProperty({
    required: false,
    isArray: true,
    enum: EVENT_TYPES,
    description: 'only events of these types; `events.gap` and the state after it always come',
  })
  @IsOptional()
  @Transform(listed)
  @IsIn(EVENT_TYPES, { each: true, message: `must be of ${EVENT_TYPES.join(', ')}` })
  readonly type?: readonly EventType[];

  @ApiProperty({
    required: false,
    minimum: 0,
    maximum: MOST_RECENT,
    description: 'first the newest events that were before the call, at most this many; not with Last-Event-ID',
    example: 50,
  })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' && value !== '' ? Number(value) : value))
  @IsInt()
  @Min(0)
  @Max(MOST_RECENT)
  readonly last?: number;

  @ApiProperty({
    required: false,
    enum: ['true', 'false'],
    description: '`false` ends the answer after the events that were before the call',
    example: 'true',
  })
  @IsOptional()
  @IsIn(['true', 'false'])
  readonly follow?: 'true' | 'false';
}
