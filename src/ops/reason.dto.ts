import { ApiProperty } from '@nestjs/swagger';
import { IsString, Matches, MaxLength } from 'class-validator';

/** The caller's reason: any text that is not blank. */
export class ReasonBody {
  @ApiProperty({ description: 'Why; stored in events and in the audit' })
  @IsString()
  @Matches(/\S/, { message: 'must say why' })
  @MaxLength(512)
  readonly reason: string = '';
}
