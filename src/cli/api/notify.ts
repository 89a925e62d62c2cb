import { type Environment, redactionOf } from '../../config/environment.js';
import { channelSettings, channelsOf, deploymentName } from '../../ops/notify/channels/index.js';
import { testMessage } from '../../ops/notify/message.js';
import { ping } from '../../ops/notify/ping.js';
import { colour, notedTable } from '../terminal.js';

/** What became of one test message. */
export interface Outcome {
  readonly channel: string;
  readonly delivered: boolean;
  readonly took_ms: number;
  /** Why not; `""` where it was delivered. */
  readonly detail: string;
}

const TIMEOUT_MS = 10_000;

/** All at once, each with its own time limit. */
export function tryChannels(environment: Environment): Promise<Outcome[]> {
  const { notifyPingUrl } = environment;
  const message = testMessage(deploymentName(environment), Date.now());
  const redaction = redactionOf(environment);
  const attempts = [
    ...channelsOf(channelSettings(environment)).map(
      (channel) => [channel.name, (signal: AbortSignal) => channel.send(message, signal)] as const,
    ),
    ...(notifyPingUrl === undefined
      ? []
      : [['ping', (signal: AbortSignal) => ping(notifyPingUrl, true, signal)] as const]),
  ];
  return Promise.all(
    attempts.map(async ([channel, send]): Promise<Outcome> => {
      const startMs = performance.now();
      const outcome = (detail: string): Outcome => ({
        channel,
        delivered: detail === '',
        took_ms: Math.round(performance.now() - startMs),
        detail,
      });
      try {
        await send(AbortSignal.timeout(TIMEOUT_MS));
        return outcome('');
      } catch (error) {
        return outcome(redaction.hide(error instanceof Error ? error.message : String(error)) || 'it failed');
      }
    }),
  );
}

export function outcomesText(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ channel, delivered, took_ms: tookMs, detail }) => ({
    cells: [channel, delivered ? colour.green('delivered') : colour.red('not delivered'), `${tookMs} ms`],
    notes: [detail],
  }));
  return notedTable(['channel', 'outcome', 'took'], rows);
}
