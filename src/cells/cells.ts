import { type Cell, CellsFile } from './cells-file.js';
import type { Logger } from '../telemetry/logger.js';

/** The cells that this process shows and stops together. */
export class Cells {
  readonly #file: CellsFile | undefined;

  /** Throws `ConfigurationError` for a file with a fault. */
  constructor(path: string | undefined, logger: Logger) {
    const report = (error: Error): void =>
      logger.error({ err: error }, 'CELLS_FILE has a fault: the cells of before count until it is corrected');
    this.#file = path === undefined ? undefined : new CellsFile(path, report);
  }

  /** `undefined` where CELLS_FILE is not set. */
  get configured(): readonly Cell[] | undefined {
    return this.#file?.cells;
  }
}
