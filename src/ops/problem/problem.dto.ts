import { ApiProperty } from '@nestjs/swagger';
import { Amount, Text } from '../openapi/members.js';
import { PROBLEM_KINDS, problemType } from './problem-kinds.js';

class FieldFault {
  @Text('of the body or the query', 'reason')
  readonly field!: string;

  @Text('what is wrong with it', 'must say why; given: nothing')
  readonly detail!: string;
}

/** Every error answer (RFC 9457). Further members depend on the type. */
export class ProblemAnswer {
  @ApiProperty({
    type: String,
    enum: ['about:blank', ...Object.keys(PROBLEM_KINDS).map((kind) => problemType(kind as keyof typeof PROBLEM_KINDS))],
    description: 'which problem it is, from a closed set; about:blank where the status says all',
    example: problemType('symbol-unknown'),
  })
  readonly type!: string;

  @Text('the problem in a few words', 'The symbol is not known')
  readonly title!: string;

  @Amount('of the HTTP answer', 404)
  readonly status!: number;

  @Text('what was wrong, with which value, what is allowed, what to do', '"FOO" is in none of SYMBOLS (BTCUSDT).')
  readonly detail!: string;

  @ApiProperty({ type: String, required: false, description: 'the path of the call', example: '/api/v1/positions/FOO' })
  readonly instance?: string;

  @ApiProperty({
    type: () => FieldFault,
    isArray: true,
    required: false,
    description: 'of invalid-request: field by field',
  })
  readonly errors?: readonly FieldFault[];
}
