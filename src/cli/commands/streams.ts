import type { Command } from 'commander';
import { ApiClient, type ApiOptions, withApiOptions } from '../api/client.js';
import { show, showOnce, type WatchOptions, withWatch } from '../watch.js';

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
        const answer = await api.ask((calls) => calls.GET('/api/v1/streams'));
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
      const { idleMs, reason, consumer } = options;
      const body = { min_idle_ms: Number(idleMs), reason, ...(consumer === undefined ? {} : { consumer }) };
      const answer = await ApiClient.of(options).ask((calls) =>
        calls.POST('/api/v1/streams/{name}/groups/{group}/claim', { params: { path: { name: stream, group } }, body }),
      );
      const { claimedText } = await import('../api/streams.js');
      await showOnce(options, answer, () => claimedText(answer));
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
      const { to, reason, force = false } = options;
      const given = { params: { path: { name: stream, group } }, body: { to, reason, force } };
      const answer = await ApiClient.of(options).ask((calls) =>
        calls.POST('/api/v1/streams/{name}/groups/{group}/skip', given),
      );
      const { skippedText } = await import('../api/streams.js');
      await showOnce(options, answer, () => skippedText(answer));
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
      const given = { params: { path: { name: stream } }, body: { reason: options.reason } };
      const answer = await ApiClient.of(options).ask((calls) => calls.POST('/api/v1/streams/{name}/renew', given));
      const { renewedText } = await import('../api/streams.js');
      await showOnce(options, answer, () => renewedText(answer));
    });
}
