import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  IsIn,
  IsInt,
  IsOptional,
  Validate,
  ValidateBy,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';
import { parseMarketSymbol } from '../../flow/0-primitives.js';
import { OPEN_STATES, TERMINAL_STATES } from '../../flow/5-result.js';
import { PageQuery } from '../page-query.js';
import { AsTime, TIME } from '../time-query.js';
import { PlanList } from './plan-list.js';

const STATES = [...OPEN_STATES, ...TERMINAL_STATES];
type State = (typeof STATES)[number];

const inCapitals = (value: unknown): unknown => (typeof value === 'string' ? value.trim().toUpperCase() : value);
const listed = (value: unknown): unknown[] =>
  (Array.isArray(value) ? value : [value]).flatMap((each: unknown) =>
    typeof each === 'string' ? each.split(',') : [each],
  );

@ValidatorConstraint({ name: 'isPlanCursor' })
class IsPlanCursor implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return PlanList.isCursor(value);
  }

  defaultMessage(): string {
    return 'must be the next_cursor of an earlier page';
  }
}

export class PlansQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'in any case', example: 'BTCUSDT' })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => inCapitals(value))
  @ValidateBy({
    name: 'isSymbol',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && parseMarketSymbol(value) !== undefined,
      defaultMessage: () => 'must be one symbol such as BTCUSDT',
    },
  })
  readonly symbol?: string;

  @ApiPropertyOptional({ isArray: true, enum: STATES, description: 'in any of these; repeatable, in any case' })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => listed(value).map(inCapitals))
  @IsIn(STATES, { each: true, message: `must be of ${STATES.join(', ')}` })
  readonly state?: readonly State[];

  @ApiPropertyOptional({ description: `published at or after: ${TIME}`, type: String })
  @IsOptional()
  @AsTime()
  @IsInt({ message: `must be ${TIME}` })
  readonly since?: number;

  @ApiPropertyOptional({ description: `published at or before: ${TIME}`, type: String })
  @IsOptional()
  @AsTime()
  @IsInt({ message: `must be ${TIME}` })
  @ValidateBy({
    name: 'isNotBeforeSince',
    validator: {
      validate: (until: unknown, args) => !(Number(until) < Number((args?.object as PlansQuery | undefined)?.since)),
      defaultMessage: () => 'must not be before since',
    },
  })
  readonly until?: number;

  @ApiPropertyOptional({
    enum: ['show', 'fold'],
    default: 'show',
    description: 'fold: of plans that were refused in the same words only the newest is listed, the others are counted',
  })
  @IsOptional()
  @IsIn(['show', 'fold'])
  readonly repeats?: 'show' | 'fold';

  @Validate(IsPlanCursor)
  override readonly cursor?: string;
}
