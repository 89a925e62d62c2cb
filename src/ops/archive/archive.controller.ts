import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Needs } from '../access/caller.js';
import { ArchiveAnswer } from './archive.dto.js';
import { ArchiveReport } from './archive-report.js';

@ApiTags('system')
@ApiBearerAuth()
@Controller('api/v1/archive')
export class ArchiveController {
  constructor(private readonly report: ArchiveReport) {}

  @Get()
  @Needs('viewer')
  @ApiOperation({ summary: 'Where the archive is, how far it is, and what it has missed' })
  @ApiOkResponse({ type: ArchiveAnswer })
  readArchive(): Promise<ArchiveAnswer> {
    return this.report.read();
  }
}
