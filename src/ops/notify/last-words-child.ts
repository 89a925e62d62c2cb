import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { channelsOf, type ChannelSettings } from './channels/index.js';
import type { Message } from './message.js';

/** What a dying process hands to the one that sends for it. */
export interface LastWords {
  readonly settings: ChannelSettings;
  readonly message: Message;
  readonly withinMs: number;
}

/** A program of its own: sends one message by each channel, and ends. */
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { settings, message, withinMs } = JSON.parse(await text(process.stdin)) as LastWords;
  const signal = AbortSignal.timeout(withinMs);
  await Promise.allSettled(channelsOf(settings).map((channel) => channel.send(message, signal)));
  process.exit();
}
