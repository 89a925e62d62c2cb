import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, IsString, MaxLength } from 'class-validator';
import { setTimeout as sleep } from 'node:timers/promises';
import { jsonOrText } from '../../flow/0-json.js';
import { AuditLog } from '../../redis/stores/audit-log.js';
import { AuditReader, type ListedEntry } from '../../redis/stores/audit-reader.js';
import { chainJson } from '../../redis/stores/audit-verifier.js';
import { Needs } from '../access/caller.js';
import { StreamPageQuery } from '../page-query.js';
import { AuditAnswer, AuditVerifiedAnswer } from './audit.dto.js';
import { AsTime, TIME } from '../time-query.js';

/** How long a page waits for the entries of this process that are not stored yet. */
const OWN_ENTRIES_WAIT_MS = 1_000;
const JSON_FIELDS = ['before', 'after', 'details'];

class AuditQuery extends StreamPageQuery {
  @ApiPropertyOptional({ description: 'the name of the token, or of the role that acted by itself' })
  @IsOptional()
  @IsString()
  @MaxLength(128)
  readonly actor?: string;

  @ApiPropertyOptional({ description: 'such as kill_switch.release, or its beginning with a dot: kill_switch.' })
  @IsOptional()
  @IsString()
  @MaxLength(128)
  readonly action?: string;

  @ApiPropertyOptional({ description: 'what it was done to: a symbol, a plan, a stream' })
  @IsOptional()
  @IsString()
  @MaxLength(128)
  readonly target?: string;

  @ApiPropertyOptional({ description: TIME, type: String })
  @IsOptional()
  @AsTime()
  @IsInt({ message: `must be ${TIME}` })
  readonly since?: number;

  @ApiPropertyOptional({ description: TIME, type: String })
  @IsOptional()
  @AsTime()
  @IsInt({ message: `must be ${TIME}` })
  readonly until?: number;

  @ApiPropertyOptional({ enum: ['true', 'false'], description: 'true: the fields as they are stored, for an export' })
  @IsOptional()
  @IsIn(['true', 'false'])
  readonly raw?: string;
}

@ApiTags('audit')
@ApiBearerAuth()
@Controller('api/v1/audit')
export class AuditController {
  constructor(
    private readonly log: AuditLog,
    private readonly reader: AuditReader,
  ) {}

  @Get()
  @Needs('viewer')
  @ApiOperation({ summary: 'Who did what, when, from where, with the state before and after; newest first' })
  @ApiOkResponse({ type: AuditAnswer })
  async list(@Query() query: AuditQuery): Promise<AuditAnswer> {
    const { limit, cursor, since, until } = query;
    await this.#look();
    const matches = (entry: ListedEntry): boolean => isAsked(query, entry);
    const page = await this.reader.page({ limit, cursor, sinceMs: since, untilMs: until, matches });
    const { damage } = this.log;
    const wrong = page.entries.find(({ proof }) => proof === 'wrong');
    const detail =
      damage.at(-1) ??
      (wrong === undefined ? undefined : `the entry ${wrong.id} of ${wrong.chain} is not as it was written`);
    return {
      entries: page.entries.map((entry) => (query.raw === 'true' ? entry : entryJson(entry))),
      chain: detail === undefined ? { intact: true } : { intact: false, detail },
      next_cursor: page.nextCursor ?? null,
    };
  }

  @Get('verify')
  @Needs('viewer')
  @ApiOperation({
    summary: 'Walks every audit chain and its checkpoints: what is missing, changed or written by somebody else',
  })
  @ApiOkResponse({ type: AuditVerifiedAnswer })
  async verify(): Promise<AuditVerifiedAnswer> {
    await this.#look();
    const { chains, earlier } = await this.reader.verify();
    const isWhole = chains.every(({ faults }) => faults.length === 0) && earlier.fault === undefined;
    return {
      intact: isWhole && this.log.damage.length === 0,
      chains: chains.map(({ head, lastId, ...report }) => ({ ...chainJson(report), head, last_id: lastId })),
      noticed: this.log.damage,
      earlier: { entries: earlier.entries, fault: earlier.fault ?? null },
    };
  }

  /** Includes what this process did before the call. */
  async #look(): Promise<void> {
    await Promise.race([this.log.look(), sleep(OWN_ENTRIES_WAIT_MS, undefined, { ref: false })]);
  }
}

function isAsked({ actor, action, target }: AuditQuery, { fields }: ListedEntry): boolean {
  const isAction = action?.endsWith('.') === true ? fields['action']?.startsWith(action) : fields['action'] === action;
  return (
    (actor === undefined || fields['actor'] === actor) &&
    (action === undefined || isAction === true) &&
    (target === undefined || fields['target'] === target)
  );
}

function entryJson({ id, chain, proof, fields }: ListedEntry): object {
  const read = JSON_FIELDS.flatMap((name) => (fields[name] === undefined ? [] : [[name, jsonOrText(fields[name])]]));
  return { ...fields, ...Object.fromEntries(read), id, chain, proof };
}
