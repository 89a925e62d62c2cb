import type { Command } from 'commander';
import { ApiClient, withApiOptions } from '../api/client.js';
import { printJson, print } from '../terminal.js';

export function addReport(program: Command): void {
  const report = program.command('report').description('what was done, for people');

  withApiOptions(report.command('day'))
    .description('what was closed on a UTC day, with fees and profit, and what was denied')
    .argument('[day]', 'such as 2026-11-30; today without it')
    .addHelpText(
      'after',
      `
The trades, fees and profits are those of the exchange, summed exactly, whoever made them. Ask a process that has the keys of the
exchange: one with the role apply or position-brain. What was denied comes from the archive, or from Redis as far as it goes.

Examples:
  $ permit-gate report day
  $ permit-gate report day 2026-11-30 --json`,
    )
    .action(async (day: string | undefined, options: Parameters<typeof ApiClient.of>[0] & { json?: boolean }) => {
      const api = ApiClient.of(options);
      const { dayReportText } = await import('../api/report.js');
      const query = day === undefined ? {} : { day };
      const answer = await api.ask((calls) => calls.GET('/api/v1/reports/day', { params: { query } }));
      if (options.json === true) printJson(answer);
      else print(dayReportText(answer));
    });
}
