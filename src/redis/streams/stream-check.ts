import { Inject, Injectable } from '@nestjs/common';
import type { Keys } from '../keys/keys.js';
import { KEYS } from '../redis.tokens.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import { entryTimeMs } from './stream-entry.js';
import { REACH_MS, STREAM_NAMES, type StreamName } from './stream-renewal.js';

/** Checks whether each stream takes entries. Changes nothing. */
@Injectable()
export class StreamCheck {
  constructor(
    private readonly scripts: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  /** One sentence per fault, with its remedy. */
  async faults(): Promise<string[]> {
    const { keys } = this;
    const streams = Object.fromEntries(STREAM_NAMES.map((name) => [name, keys[name]()])) as Record<StreamName, string>;
    const { values } = await this.scripts.run('read_streams', { ...streams, keptEvents: keys.keptEvents() }, {});
    const [nowMs, kept, ...lastIds] = values.map(String);
    const wrong = STREAM_NAMES.flatMap((name, at) => faultOf(keys[name](), lastIds[at] ?? '', Number(nowMs)) ?? []);
    return [...wrong, ...keptFault(keys, kept ?? '')];
  }
}

function faultOf(stream: string, lastId: string, nowMs: number): string | undefined {
  // A stream that nobody has written yet.
  if (/no such key/i.test(lastId)) return undefined;
  // The check of the rights names what is missing.
  if (/NOPERM|ACL failure|can't run/i.test(lastId)) return undefined;
  const remedy = `permit-gate streams renew ${stream} --reason <text>`;
  if (!/^\d+-\d+$/.test(lastId)) return `${stream} takes no entries (${lastId}): ${remedy}`;
  // Written so that NaN counts as beyond reach.
  if (entryTimeMs(lastId) <= nowMs + REACH_MS) return undefined;
  return `${stream} was given the id ${lastId}, which is beyond the reach of Redis' clock: it takes no entries, or their times are wrong: ${remedy}`;
}

function keptFault(keys: Keys, kept: string): string[] {
  if (kept === '0') return [];
  const list = keys.keptEvents();
  if (/^\d+$/.test(kept)) return [`${kept} events wait in ${list}: ${keys.governorEvents()} could not take them`];
  return [`${list} cannot be used (${kept}): delete it (redis-cli DEL ${list})`];
}
