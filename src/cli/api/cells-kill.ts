import { cellsFileIn, type ApiOptions } from './client.js';
import { readCells } from '../../cells/cells-file.js';
import { stopCells } from '../../cells/cells-stop.js';
import { CommandFailure, EXIT } from '../exit.js';
import { showOnce } from '../watch.js';
import { stoppedText } from './cells.js';

interface KillAllOptions extends ApiOptions {
  readonly reason: string;
}

/** Stops every cell that CELLS_FILE names. An entry with a fault keeps the others from nothing. */
export async function killAllCells(options: KillAllOptions): Promise<void> {
  if (options.url !== undefined || options.tokenFile !== undefined || options.cell !== undefined)
    throw new CommandFailure(EXIT.usage, '--all-cells takes addresses and tokens from CELLS_FILE alone.');
  const { cells, faults } = readCells(cellsFileIn());
  const stopped = await stopCells(cells, options.reason);
  const unread = faults.map(({ variable, given }) => ({
    name: variable,
    state: 'no_answer' as const,
    text: `its entry cannot be used: ${given}`,
    in_flight: null,
    missing_replicas: '',
    took_ms: 0,
  }));
  const answers = [...stopped, ...unread];
  const uncertain = answers.filter(({ state }) => state !== 'stopped').map(({ name }) => name);
  await showOnce(options, { all_stopped: uncertain.length === 0, cells: answers }, () => stoppedText(answers));
  if (uncertain.length === 0) return;
  throw new CommandFailure(
    EXIT.unreachable,
    `It is not certain that ${uncertain.join(', ')} send${uncertain.length === 1 ? 's' : ''} no further order. Repeat the command, and stop them by hand.`,
  );
}
