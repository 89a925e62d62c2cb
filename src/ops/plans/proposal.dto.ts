import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { TEXT_OR_NUMBER } from '../openapi/members.js';

const asText = ({ value }: { value: unknown }): unknown =>
  typeof value === 'number' && Number.isFinite(value) ? String(value) : value;

/** Text or a JSON number; the proposal's own check decides whether the value is valid. */
function TextOrNumber(description: string, required: boolean): PropertyDecorator {
  const rules = [
    ApiProperty({ description, required, oneOf: TEXT_OR_NUMBER }),
    Transform(asText),
    IsString({ message: 'must be text or a number' }),
    MaxLength(512),
  ];
  return applyDecorators(...(required ? rules : [IsOptional(), ...rules]));
}

/** The fields of a proposal hash, and its symbol. */
export class ProposalBody {
  @ApiProperty({ example: 'BTCUSDT' })
  @IsString()
  @MaxLength(40)
  readonly symbol: string = '';

  @TextOrNumber('FULL_CLOSE_PROPOSED, PARTIAL_75, PARTIAL_50, PARTIAL_25, CLOSE_PCT, UPDATE_SL or HOLD', true)
  readonly harvest_action: string = '';

  @TextOrNumber('zero or more', true)
  readonly kill_score: string = '';

  @TextOrNumber('ISO 8601; part of the plan id', true)
  readonly computed_at_utc: string = '';

  @TextOrNumber('epoch seconds; decides freshness', true)
  readonly last_update_epoch: string = '';

  @TextOrNumber('a component of the kill score', false)
  readonly k_regime_flip?: string;

  @TextOrNumber('a component of the kill score', false)
  readonly k_sigma_spike?: string;

  @TextOrNumber('a component of the kill score', false)
  readonly k_ts_drop?: string;

  @TextOrNumber('a component of the kill score', false)
  readonly k_age_penalty?: string;

  @TextOrNumber('per cent of the position above 0, at most 100, for CLOSE_PCT', false)
  readonly close_pct?: string;

  @TextOrNumber('the new stop price, for UPDATE_SL', false)
  readonly new_sl_proposed?: string;

  @TextOrNumber('the net result in units of risk', false)
  readonly R_net?: string;

  @TextOrNumber("the strategy's own reasons, comma separated", false)
  readonly reason_codes?: string;

  @TextOrNumber('a new one makes a new plan of an otherwise equal proposal', false)
  readonly proposal_id?: string;
}
