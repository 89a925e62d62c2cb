import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import type { EventType } from './events-query.dto.js';

const Maybe = (type: typeof String | typeof Number, options: ApiPropertyOptions): PropertyDecorator =>
  applyDecorators(ApiProperty({ ...options, type, nullable: true } as ApiPropertyOptions));
const Type = (type: EventType): PropertyDecorator => ApiProperty({ enum: [type], example: type });

class AtTime {
  @ApiProperty({ description: 'epoch ms by the clock of Redis', example: 1_796_036_563_172 })
  readonly at_ms: number = 0;
}

class OfPlan extends AtTime {
  @ApiProperty({ example: '9b1c5f0a7d3e2846' })
  readonly plan_id: string = '';

  @ApiProperty({ example: 'BTCUSDT', description: 'empty where the entry does not say it' })
  readonly symbol: string = '';

  @Maybe(Number, { example: 1, description: 'null for a plan of another Apply, which numbers none' })
  readonly attempt: number | null = null;
}

class PlanPublished extends OfPlan {
  @Type('plan.published')
  readonly type = 'plan.published' as const;

  @ApiProperty({ example: 'PARTIAL_75' })
  readonly action: string = '';

  @ApiProperty({ example: 'EXECUTE', description: 'EXECUTE, SKIP, BLOCKED or ERROR' })
  readonly decision: string = '';

  @ApiProperty({ type: [String], example: ['kill_score_warning_close_ok'] })
  readonly reason_codes: readonly string[] = [];

  @Maybe(String, { example: 'testnet' })
  readonly mode: string | null = null;

  @Maybe(String, { example: 'stream', description: 'where the proposal came from' })
  readonly source: string | null = null;
}

class PermitIssued extends OfPlan {
  @Type('permit.issued')
  readonly type = 'permit.issued' as const;

  @ApiProperty({ example: 'governor', description: 'governor or p33 (the Position Brain)' })
  readonly issuer: string = '';

  @Maybe(String, { example: '0.007', description: 'the quantity that the permit allows' })
  readonly quantity: string | null = null;

  @Maybe(Number, { example: 1_796_036_623_172 })
  readonly expires_at_ms: number | null = null;
}

class PermitDenied extends OfPlan {
  @Type('permit.denied')
  readonly type = 'permit.denied' as const;

  @ApiProperty({ example: 'p33', description: 'governor or p33 (the Position Brain)' })
  readonly issuer: string = '';

  @ApiProperty({ example: 'no_position', description: 'from the closed set in docs/reasons.md' })
  readonly reason: string = '';

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { exchange_amt: '0' },
    description: 'what the reason rests on',
  })
  readonly context: object = {};
}

export class OrderSent extends OfPlan {
  @Type('order.sent')
  readonly type = 'order.sent' as const;

  @ApiProperty({ example: 'pg-9b1c5f0a7d3e2846-0-1' })
  readonly client_order_id: string = '';

  @ApiProperty({ example: 'SELL', description: 'empty where the result does not say it' })
  readonly side: string = '';

  @Maybe(String, { example: '0.007' })
  readonly quantity: string | null = null;
}

class ResultRecorded extends OfPlan {
  @Type('result.recorded')
  readonly type = 'result.recorded' as const;

  @ApiProperty({ example: 'EXECUTE' })
  readonly decision: string = '';

  @ApiProperty({ example: true })
  readonly executed: boolean = false;

  @ApiProperty({ example: '', description: 'empty, or from the closed set in docs/reasons.md' })
  readonly error: string = '';

  @ApiProperty({ example: '' })
  readonly reason: string = '';

  @Maybe(String, { example: 'FILLED' })
  readonly state: string | null = null;

  @Maybe(String, { example: 'pg-9b1c5f0a7d3e2846-0-1' })
  readonly client_order_id: string | null = null;

  @Maybe(Number, { example: 41, description: 'from the publication of the attempt to its claim' })
  readonly wait_ms: number | null = null;
}

export class ControlChanged extends AtTime {
  @Type('control.changed')
  readonly type = 'control.changed' as const;

  @ApiProperty({ example: 'KILL_SWITCH_ENGAGED' })
  readonly change: string = '';

  @ApiProperty({ example: 'wrong prices' })
  readonly reason: string = '';

  @Maybe(String, { example: 'alice' })
  readonly by: string | null = null;

  @Maybe(String, { example: 'BTCUSDT', description: 'null where the change is not about one symbol' })
  readonly symbol: string | null = null;
}

export class HoldChanged extends AtTime {
  @Type('hold.changed')
  readonly type = 'hold.changed' as const;

  @ApiProperty({ example: 'BTCUSDT' })
  readonly symbol: string = '';

  @ApiProperty({ example: true })
  readonly on_hold: boolean = false;

  @ApiProperty({ example: 'the ledger differs from the exchange' })
  readonly reason: string = '';

  @Maybe(String, { example: 'alice' })
  readonly by: string | null = null;
}

export class EventInstance {
  @ApiProperty({ example: 'apply' })
  readonly role: string = '';

  @ApiProperty({ example: 'host-1' })
  readonly instance: string = '';
}

export class FleetChanged extends AtTime {
  @Type('fleet.changed')
  readonly type = 'fleet.changed' as const;

  @ApiProperty({ type: [EventInstance], description: 'every living process of every role' })
  readonly instances: readonly EventInstance[] = [];

  @ApiProperty({ type: [String], example: ['governor'], description: 'roles that no living process has' })
  readonly missing_roles: readonly string[] = [];
}

class EventsGap extends AtTime {
  @Type('events.gap')
  readonly type = 'events.gap' as const;

  @ApiProperty({
    type: [String],
    example: ['permits'],
    description: 'the streams of which entries are gone: plans, permits, results, control',
  })
  readonly streams: readonly string[] = [];

  @ApiProperty({ example: 'entries after the last event were trimmed; the state follows' })
  readonly detail: string = '';
}

class SwitchState {
  @ApiProperty({ example: false, description: 'of the kill switch: engaged; of the arm state: armed' })
  readonly on: boolean = false;

  @ApiProperty({ example: 'alice' })
  readonly by: string = '';

  @ApiProperty({ example: 'all checked' })
  readonly reason: string = '';

  @ApiProperty({ example: 1_796_036_563_172 })
  readonly at_ms: number = 0;
}

class HeldSymbol {
  @ApiProperty({ example: 'BTCUSDT' })
  readonly symbol: string = '';

  @ApiProperty({ example: 'the ledger differs from the exchange' })
  readonly reason: string = '';
}

class OpenPlan {
  @ApiProperty({ example: '9b1c5f0a7d3e2846' })
  readonly plan_id: string = '';

  @ApiProperty({ example: 'BTCUSDT' })
  readonly symbol: string = '';

  @ApiProperty({ example: 1 })
  readonly attempt: number = 0;

  @ApiProperty({ example: 'WAITING' })
  readonly state: string = '';
}

export class StateEvent extends AtTime {
  @Type('state')
  readonly type = 'state' as const;

  @ApiProperty({ type: SwitchState, nullable: true, description: 'null where Redis has none, which denies' })
  readonly kill_switch: SwitchState | null = null;

  @ApiProperty({ type: SwitchState, nullable: true, description: 'null where Redis has none, which denies' })
  readonly arm: SwitchState | null = null;

  @Maybe(String, { example: null, description: 'why a role disarmed the system by itself' })
  readonly auto_disarmed: string | null = null;

  @ApiProperty({ type: [HeldSymbol] })
  readonly holds: readonly HeldSymbol[] = [];

  @ApiProperty({ type: [OpenPlan], description: 'at most 500' })
  readonly open_plans: readonly OpenPlan[] = [];

  @ApiProperty({ type: [EventInstance] })
  readonly instances: readonly EventInstance[] = [];

  @ApiProperty({ type: [String] })
  readonly missing_roles: readonly string[] = [];
}

/** Every class of {@link GateEvent}, for the description of the interface. */
export const EVENT_CLASSES = [
  PlanPublished,
  PermitIssued,
  PermitDenied,
  OrderSent,
  ResultRecorded,
  ControlChanged,
  HoldChanged,
  FleetChanged,
  EventsGap,
  StateEvent,
] as const;
export type GateEvent = InstanceType<(typeof EVENT_CLASSES)[number]>;
