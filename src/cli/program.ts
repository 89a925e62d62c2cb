import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addApprovals } from './commands/approvals.js';
import { addArchive } from './commands/archive.js';
import { addAudit } from './commands/audit.js';
import { addBackup } from './commands/backup.js';
import { addCells } from './commands/cells.js';
import { addClosing } from './commands/closing.js';
import { addCompletion } from './commands/completion.js';
import { addConfig } from './commands/config.js';
import { addControl } from './commands/control.js';
import { addDeadLetters } from './commands/dead-letters.js';
import { addDoctor } from './commands/doctor.js';
import { addFleet } from './commands/fleet.js';
import { addEvents } from './commands/events.js';
import { addKeys } from './commands/keys.js';
import { addKill } from './commands/kill.js';
import { addLimits } from './commands/limits.js';
import { addNotify } from './commands/notify.js';
import { addPaperExchange } from './commands/paper-exchange.js';
import { addPermits } from './commands/permits.js';
import { addPlans } from './commands/plans.js';
import { addPositions } from './commands/positions.js';
import { addProof } from './commands/proof.js';
import { addReport } from './commands/report.js';
import { addResolve } from './commands/resolve.js';
import { addRetry } from './commands/retry.js';
import { addServe } from './commands/serve.js';
import { addShadow } from './commands/shadow.js';
import { addStatus } from './commands/status.js';
import { addStreams } from './commands/streams.js';
import { addSymbolActs } from './commands/symbol-acts.js';
import { addToken } from './commands/token.js';
import { addWhy } from './commands/why.js';

const AFTER_HELP = `
Exit codes: 0 fine, 1 the thing checked does not hold, 2 wrong usage, 69 a needed service is unreachable, 78 configuration fault.
Variables are read from the environment and from .env in the working directory; docs/configuration.md lists them.

Examples:
  $ permit-gate doctor                          is this machine ready to run it?
  $ permit-gate serve                           run it
  $ permit-gate proof --submit BTCUSDT PARTIAL_75
  $ permit-gate kill --reason "wrong prices"    stop everything, now`;

/** `permit-gate <command>`. Errors of usage throw; each command loads what it needs when it runs, and not before. */
export function createProgram(): Command {
  const program = new Command('permit-gate')
    .description('A two-key execution gate for Binance USD-M futures')
    .version(version())
    .showHelpAfterError('(--help shows the usage)')
    .addHelpText('after', AFTER_HELP)
    .exitOverride();
  program.commandsGroup('Run:');
  addServe(program);
  addPaperExchange(program);
  program.commandsGroup('Check:');
  addDoctor(program);
  addProof(program);
  addShadow(program);
  program.commandsGroup('Operate a running deployment:');
  addStatus(program);
  addFleet(program);
  addCells(program);
  addPlans(program);
  addPermits(program);
  addPositions(program);
  addWhy(program);
  addLimits(program);
  addApprovals(program);
  addEvents(program);
  addKill(program);
  addControl(program);
  addSymbolActs(program);
  addClosing(program);
  addRetry(program);
  addResolve(program);
  addStreams(program);
  addDeadLetters(program);
  addAudit(program);
  addArchive(program);
  addReport(program);
  addConfig(program);
  program.commandsGroup('Set up:');
  addToken(program);
  addKeys(program);
  addNotify(program);
  addBackup(program);
  addCompletion(program);
  return program;
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
