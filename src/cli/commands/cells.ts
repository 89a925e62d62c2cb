import { type Command } from 'commander';
import { cellsFileIn } from '../api/client.js';
import { EXIT, type ExitCode } from '../exit.js';
import { show, type WatchOptions, withWatch } from '../watch.js';

/** All cells, asked directly: no gate needs to run beside this command. */
export function addCells(program: Command): void {
  withWatch(program.command('cells'))
    .description('every cell of CELLS_FILE: whether it is ready, armed, stopped, and what needs a person')
    .option('--json', 'print the answer as JSON')
    .addHelpText(
      'after',
      `
Each cell is asked by itself, with its own token. Exits 0 if all are ready and no two trade the same, 1 if one is not ready, 69 if one gives
no answer. Every command that calls a deployment takes --cell NAME; "kill --all-cells" stops them all.

Examples:
  $ permit-gate cells --watch
  $ permit-gate why BTCUSDT --cell main
  $ permit-gate kill --all-cells --reason "wrong prices"`,
    )
    .action(async (options: WatchOptions) => {
      const { cellsOf } = await import('../../cells/cells-file.js');
      const { statusOfCells } = await import('../../cells/cells-status.js');
      const { cellsText } = await import('../api/cells.js');
      const cells = cellsOf(cellsFileIn());
      const lastAnswers = new Map<string, number>();
      await show(options, async () => {
        const answer = await statusOfCells(cells, lastAnswers);
        const isSilent = answer.cells.some(({ state }) => state === 'no_answer');
        const isFine = answer.all_ready && answer.conflicts.length === 0;
        const exitCode: ExitCode = isSilent ? EXIT.unreachable : isFine ? EXIT.ok : EXIT.notHolding;
        return { answer, text: cellsText(answer), exitCode };
      });
    });
}
