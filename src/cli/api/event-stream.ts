import { setTimeout as sleep } from 'node:timers/promises';
import { CommandFailure, EXIT } from '../exit.js';
import { type ApiClient, type EventsQuery, reasonOf } from './client.js';
import type { EventAnswer } from './events.js';

/** Without a byte for three heartbeats of the server the connection counts as lost. */
const SILENT_MS = 45_000;
const RETRY_MS = 1_000;

interface Block {
  readonly id: string | undefined;
  readonly data: EventAnswer | undefined;
  readonly comments: readonly string[];
}

export interface FollowOptions {
  /** What the first call asks for; a later one goes on after the last event. */
  readonly query: EventsQuery;
  readonly follow: boolean;
  readonly onEvent: (event: EventAnswer) => void;
  /** What is said about the connection. */
  readonly onNotice: (text: string) => void;
  /** Ends it. */
  readonly signal?: AbortSignal;
}

/** Hands over every event; with `follow` over lost connections too, until the signal. Throws where the deployment refuses. */
export async function followEvents(client: ApiClient, options: FollowOptions): Promise<void> {
  const { follow, onNotice, signal } = options;
  const isStopped = (): boolean => signal?.aborted === true;
  let lastEventId: string | undefined;
  let wasThere = false;
  while (!isStopped()) {
    let lost = 'the connection was closed';
    try {
      await readOnce(client, options, lastEventId, (id) => {
        wasThere = true;
        lastEventId = id;
      });
      if (!follow) return;
    } catch (error) {
      if (isStopped()) return;
      const mayPass = !(error instanceof CommandFailure) || error.exitCode === EXIT.unreachable;
      // Where nobody answered yet, the address is probably wrong.
      if (!follow || !mayPass || !wasThere) throw error;
      lost = error instanceof CommandFailure ? error.message : reasonOf(error);
    }
    if (isStopped()) return;
    onNotice(`The events were interrupted (${lost}); going on after the last one.`);
    await sleep(RETRY_MS);
  }
}

async function readOnce(
  client: ApiClient,
  { query, follow, onEvent, onNotice, signal }: FollowOptions,
  lastEventId: string | undefined,
  onId: (id: string) => void,
): Promise<void> {
  const silent = new AbortController();
  const timer = setTimeout(() => silent.abort(new Error(`nothing came for ${SILENT_MS / 1_000} s`)), SILENT_MS);
  const ends = signal === undefined ? silent.signal : AbortSignal.any([silent.signal, signal]);
  const asked = follow ? query : { ...query, follow: 'false' as const };
  try {
    const body = await client.events(asked, lastEventId, ends);
    if (body === null) return;
    let text = '';
    for await (const piece of body.pipeThrough(new TextDecoderStream())) {
      timer.refresh();
      const blocks = (text + piece).split('\n\n');
      text = blocks.pop() ?? '';
      for (const { id, data, comments } of blocks.map(blockOf)) {
        for (const comment of comments) if (comment !== 'heartbeat' && follow) onNotice(comment);
        if (data !== undefined) onEvent(data);
        // After it was handed over: what was not is read again.
        if (id !== undefined) onId(id);
      }
    }
  } finally {
    clearTimeout(timer);
    silent.abort();
  }
}

function blockOf(block: string): Block {
  const lines = block.split('\n');
  const field = (name: string): string | undefined =>
    lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
  const data = field('data');
  return {
    id: field('id'),
    data: data === undefined ? undefined : (JSON.parse(data) as EventAnswer),
    comments: lines.filter((line) => line.startsWith(': ')).map((line) => line.slice(2)),
  };
}
