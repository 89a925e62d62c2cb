import { Inject, Injectable } from '@nestjs/common';
import type { ScriptRunner } from '../scripts/script-runner.js';
import { TAKEN_AT_ONCE_MS } from './stream-consumer.js';
import { OPERATOR_SCRIPTS } from '../redis.tokens.js';

/** Entries of one call; a longer list is handed over by asking again. */
const COUNT = 1_000;

export interface HandOver {
  readonly stream: string;
  readonly group: string;
  /** Whose entries; it must not be reading any more. */
  readonly from: string;
  readonly to: string;
  readonly minIdleMs: number;
}

export type HandedOver =
  | {
      readonly kind: 'handed';
      readonly ids: readonly string[];
      /** Were pending, and their bodies are gone: they are pending no more. */
      readonly goneCount: number;
      /** There may be more of them. */
      readonly more: boolean;
    }
  | { readonly kind: 'no_group' };

/** Moves what is pending in a consumer group. Writes go through the operators' connection. */
@Injectable()
export class GroupEntries {
  constructor(@Inject(OPERATOR_SCRIPTS) private readonly writer: ScriptRunner) {}

  /** Done twice it changes nothing more: what was handed over is not that consumer's any longer. */
  async handOver({ stream, group, from, to, minIdleMs }: HandOver): Promise<HandedOver> {
    const args = { group, from, to, minIdleMs, count: COUNT, idleMs: TAKEN_AT_ONCE_MS };
    const { word, values } = await this.writer.run('hand_over', { stream }, args);
    if (word === 'no_group') return { kind: word };
    const ids = (values[0] as readonly unknown[]).map(String);
    const found = Number(values[1]);
    return { kind: word, ids, goneCount: found - ids.length, more: found === COUNT };
  }
}
