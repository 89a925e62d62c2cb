import type { Command } from 'commander';

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check configuration, Redis, exchange, tokens and ports, and show what to do about each finding')
    .option('--roles <list>', 'as for serve')
    .option('--json', 'print the findings as JSON')
    .addHelpText(
      'after',
      `
It sends no order and may run beside a running deployment. Exit codes: 0 fine (warnings aside), 1 a fault, 69 Redis or the
exchange is unreachable, 78 the configuration is faulty.

Examples:
  $ permit-gate doctor
  $ permit-gate doctor --json | jq '.findings[] | select(.kind != "ok")'`,
    )
    .action(async (options: { roles?: string; json?: boolean }) => {
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
