import { ApiProperty } from '@nestjs/swagger';
import { FAULT_KINDS, type FaultKind } from '../../redis/stores/audit-verifier.js';
import { Amount, OptionalText, Part, Parts, Text, TextOrNull, Texts, Truth, Word } from '../openapi/members.js';

const ID = '1764518400000-0';
const CHAIN = 'ops:gate-0';

export class ChainStateAnswer {
  @Truth('nothing is missing or changed, as far as this process knows')
  readonly intact!: boolean;

  @OptionalText('what is wrong', 'the entry 1-0 is not as it was written')
  readonly detail?: string;
}

export class AuditAnswer {
  @ApiProperty({
    type: 'array',
    description: 'newest first; the fields of each are beside id, chain and proof, or with raw=true under `fields`',
    items: {
      type: 'object',
      required: ['id', 'chain', 'proof'],
      properties: {
        id: { type: 'string', description: 'the id of the entry', example: ID },
        chain: { type: 'string', description: 'the role and instance that wrote it', example: CHAIN },
        proof: { type: 'string', description: 'whether it is the one that was written', example: 'proven' },
      },
      additionalProperties: true,
    },
  })
  readonly entries!: readonly object[];

  @Part(() => ChainStateAnswer)
  readonly chain!: ChainStateAnswer;

  @TextOrNull('`cursor` of the next page; null at the end', null)
  readonly next_cursor!: string | null;
}

export class ChainFaultAnswer {
  @Word('from a closed set', Object.keys(FAULT_KINDS))
  readonly kind!: FaultKind;

  @Text('of the entry; empty where there is none', ID)
  readonly id!: string;

  @Text('for a person', 'entries 3 to 5 are gone')
  readonly detail!: string;
}

export class ChainReportAnswer {
  @Text('the role and instance that write it', CHAIN)
  readonly chain!: string;

  @Amount('how many there are', 120)
  readonly entries!: number;

  @Amount('the number of the first', 1)
  readonly first!: number;

  @Amount('the number of the last', 120)
  readonly last!: number;

  @Word('whether its entries were proven with a key', ['proven', 'not here', 'none'])
  readonly key!: 'proven' | 'not here' | 'none';

  @Texts('the names of its keys', ['audit-1'])
  readonly kids!: readonly string[];

  @Parts(() => ChainFaultAnswer)
  readonly faults!: readonly ChainFaultAnswer[];

  @Amount('faults beyond those listed', 0)
  readonly more_faults!: number;

  @Text('the recorded end of the chain', '120:9f86d081')
  readonly head!: string;

  @Text('the newest id of its stream', ID)
  readonly last_id!: string;
}

export class EarlierAnswer {
  @Amount('how many there are', 0)
  readonly entries!: number;

  @TextOrNull('what is wrong', null)
  readonly fault!: string | null;
}

export class AuditVerifiedAnswer {
  @Truth('nothing is missing, changed or foreign')
  readonly intact!: boolean;

  @Parts(() => ChainReportAnswer)
  readonly chains!: readonly ChainReportAnswer[];

  @Texts('what this process noticed since it runs', [])
  readonly noticed!: readonly string[];

  @Part(() => EarlierAnswer, 'entries in the format of an earlier version')
  readonly earlier!: EarlierAnswer;
}
