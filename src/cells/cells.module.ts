import { Module } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { LOGGER, type Logger } from '../telemetry/logger.js';
import { Cells } from './cells.js';

/** The cells of CELLS_FILE: for the interface, and for the router of proposals. */
@Module({
  providers: [
    {
      provide: Cells,
      inject: [Environment, LOGGER],
      useFactory: ({ cellsFile }: Environment, logger: Logger) => new Cells(cellsFile, logger),
    },
  ],
  exports: [Cells],
})
export class CellsModule {}
