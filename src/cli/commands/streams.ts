import type { Command } from 'commander';
import { ApiClient, type ApiOptions, withApiOptions } from '../api/client.js';
import { show, type WatchOptions, withWatch } from '../watch.js';

interface ClaimOptions extends ApiOptions {
  readonly idleMs: string;
  readonly consumer?: string;
  readonly reason: string;
}

interface SkipOptions extends ApiOptions {
  readonly to: string;
  readonly force?: boolean;
  readonly reason: string;
}

interface RenewOptions extends ApiOptions {
  readonly reason: string;
}

/** Shows how far the groups have read, and takes over the entries of a dead consumer. */
export function addStreams(program: Command): void {
  const streams = program
    .command('streams')
    .description('how far every consumer group has read; take over the entries of a dead consumer; renew a stream');

  withWatch(withApiOptions(streams.command('list', { isDefault: true })))
    .description('every consumer group, and which of its consumers live')
    .addHelpText('after', '\nExample:\n  $ permit-gate streams --json | jq ".streams[].groups"')
    .action(async (options: WatchOptions) => {
      const api = ApiClient.of(options);
      const { streamsText } = await import('../api/streams.js');
      await show(options, async () => {
        const answer = await api.get('/streams');
        return { answer, text: streamsText(answer) };
      });
    });

  withApiOptions(streams.command('claim'))
    .description('move the entries of dead consumers of a group to its live ones (admin)')
    .argument('<stream>', 'its key, or its name such as apply.plan')
    .argument('<group>')
    .requiredOption('--reason <text>', 'why; it is audited')
    .option('--idle-ms <ms>', 'a consumer without a lease that has not read for this long counts as dead', '15000')
    .option('--consumer <name>', 'of this consumer only')
    .addHelpText(
      'after',
      '\nExample:\n  $ permit-gate streams claim apply.result p33 --reason "p33-old-host is gone for good"',
    )
    .action(async (stream: string, group: string, options: ClaimOptions) => {
      const path = `/streams/${encodeURIComponent(stream)}/groups/${encodeURIComponent(group)}/claim`;
      const answer = await ApiClient.of(options).post(path, {
        min_idle_ms: Number(options.idleMs),
        reason: options.reason,
        ...(options.consumer === undefined ? {} : { consumer: options.consumer }),
      });
      const { print, printJson } = await import('../terminal.js');
      if (options.json === true) return printJson(answer);
      const { claimedText } = await import('../api/streams.js');
      print(claimedText(answer));
    });

  withApiOptions(streams.command('skip'))
    .description('let a group leave a backlog behind (admin)')
    .argument('<stream>', 'its key, or its name such as apply.plan')
    .argument('<group>')
    .requiredOption('--to <id>', 'the last entry to leave behind, or latest')
    .requiredOption('--reason <text>', 'why; it is audited')
    .option('--force', 'also entries that would still change something; reconcile the symbols afterwards')
    .addHelpText(
      'after',
      `
A result that is skipped moves no ledger and settles no limits; a plan that is skipped gets no permit of that group.
Example:
  $ permit-gate streams skip apply.plan governor --to latest --reason "backlog of the outage"`,
    )
    .action(async (stream: string, group: string, options: SkipOptions) => {
      const path = `/streams/${encodeURIComponent(stream)}/groups/${encodeURIComponent(group)}/skip`;
      const { to, reason, force = false } = options;
      const answer = await ApiClient.of(options).post(path, { to, reason, force });
      const { print, printJson } = await import('../terminal.js');
      if (options.json === true) return printJson(answer);
      const { skippedText } = await import('../api/streams.js');
      print(skippedText(answer));
    });
  withApiOptions(streams.command('renew'))
    .description('make a stream take entries again that readiness calls beyond reach or of another type (admin)')
    .argument('<stream>', 'its key, or its name such as governor.events')
    .requiredOption('--reason <text>', 'why; it is audited')
    .addHelpText(
      'after',
      '\nExample:\n  $ permit-gate streams renew governor.events --reason "somebody appended the greatest id"',
    )
    .action(async (stream: string, options: RenewOptions) => {
      const answer = await ApiClient.of(options).post(`/streams/${encodeURIComponent(stream)}/renew`, {
        reason: options.reason,
      });
      const { print, printJson } = await import('../terminal.js');
      if (options.json === true) return printJson(answer);
      const { renewedText } = await import('../api/streams.js');
      print(renewedText(answer));
    });
}
