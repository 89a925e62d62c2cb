import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { Amount, AmountOrNull, Text, TextOrNull, Truth, Word } from '../openapi/members.js';
import { API_ROLES, type ApiRole } from './api-roles.js';

const END = 1_764_522_000_000;

export class SessionBody {
  @ApiProperty({ description: 'the token itself; the session takes its name and role', format: 'password' })
  @IsString()
  @MaxLength(512)
  readonly token: string = '';
}

export class SessionAnswer {
  @Text('of the token', 'anna')
  readonly name!: string;

  @Word('of the token', API_ROLES)
  readonly role!: ApiRole;

  @Amount('when the session ends if nobody uses it', END)
  readonly expires_at_ms!: number;

  @Text('send it as X-CSRF-Token with each call that changes something', '9f86d081')
  readonly csrf_token!: string;
}

export class SessionEndedAnswer {
  @Truth('always true')
  readonly ended!: boolean;
}

export class WhoamiAnswer {
  @Text('of the token', 'anna')
  readonly name!: string;

  @Word('of the token', API_ROLES)
  readonly role!: ApiRole;

  @Word('how the caller was recognised', ['token', 'session'])
  readonly via!: 'token' | 'session';

  @AmountOrNull('when the session ends if nobody uses it; null of a token', END)
  readonly expires_at_ms!: number | null;

  @TextOrNull('of a session: send it as X-CSRF-Token with each call that changes something', '9f86d081')
  readonly csrf_token!: string | null;
}
