import type { Command } from 'commander';
import { CommandFailure, EXIT } from '../exit.js';

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description(
      'check configuration, Redis, exchange, archive, tokens and ports, and show what to do about each finding',
    )
    .option('--roles <list>', 'as for serve')
    .option(
      '--from-env <files...>',
      'compare environment files of the services that this program replaces; checks nothing else',
    )
    .option('--json', 'print the findings as JSON')
    .addHelpText(
      'after',
      `
It sends no order and may run beside a running deployment. Exit codes: 0 fine (warnings aside), 1 a fault, 69 Redis, the
exchange or the archive's database is unreachable, 78 the configuration is faulty.

With --from-env it needs neither Redis nor the exchange. It prints the environment file to use, then every difference: 0 the old files
can be used as they are, 1 something must be changed. It prints no secret.

Examples:
  $ permit-gate doctor
  $ permit-gate doctor --from-env /etc/quantum/apply-layer.env /etc/quantum/position-state-brain.env --roles position-brain
  $ permit-gate doctor --json | jq '.findings[] | select(.kind != "ok")'`,
    )
    .action(async (options: { roles?: string; json?: boolean; fromEnv?: string[] }) => {
      if (options.fromEnv !== undefined) return compareFiles(options.fromEnv, options.roles, options.json === true);
      const { examine, findingsText } = await import('../doctor/doctor.js');
      const { exitCodeOf } = await import('../doctor/finding.js');
      const { print, printJson } = await import('../terminal.js');
      const findings = await examine(options.roles);
      const exitCode = exitCodeOf(findings);
      if (options.json === true) printJson({ exit_code: exitCode, findings });
      else print(findingsText(findings));
      process.exitCode = exitCode;
    });
}

async function compareFiles(paths: readonly string[], roles: string | undefined, asJson: boolean): Promise<void> {
  const { ROLES } = await import('../../config/roles.js');
  const { commaSeparated } = await import('../../config/value-parsers/words.js');
  const unknown = commaSeparated(roles ?? ROLES[0]).find((role) => !(ROLES as readonly string[]).includes(role));
  if (unknown !== undefined || roles?.trim() === '')
    throw new CommandFailure(
      EXIT.usage,
      `--roles is ${JSON.stringify(roles)}; allowed: one or more of ${ROLES.join(', ')}`,
    );
  const { compare } = await import('../doctor/from-env/compare.js');
  const { readEnvFile } = await import('../doctor/from-env/env-file.js');
  const { comparisonText, environmentFile, exitCodeOf } = await import('../doctor/from-env/report.js');
  const { print, printJson } = await import('../terminal.js');
  const comparison = compare(paths.map(readEnvFile), roles);
  const exitCode = exitCodeOf(comparison);
  const { roles: found, differences } = comparison;
  if (asJson) {
    const rows = differences.map(({ mustChange, ...rest }) => ({ ...rest, must_change: mustChange }));
    printJson({ exit_code: exitCode, roles: found, environment_file: environmentFile(comparison), differences: rows });
  } else print(comparisonText(comparison, paths));
  process.exitCode = exitCode;
}
