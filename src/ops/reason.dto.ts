import { ApiProperty } from '@nestjs/swagger';
import { IsString, Matches, MaxLength } from 'class-validator';

/** Why a person does it: any text that is not blank. */
export class ReasonBody {
  @ApiProperty({ description: 'Why; told in events and in the audit' })
  @IsString()
  @Matches(/\S/, { message: 'must say why' })
  @MaxLength(512)
  readonly reason: string = '';
}
