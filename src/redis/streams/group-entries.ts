import { Inject, Injectable } from '@nestjs/common';
import type { ScriptRunner } from '../scripts/script-runner.js';
import { TAKEN_AT_ONCE_MS } from './stream-consumer.js';
import { OPERATOR_SCRIPTS } from '../redis.tokens.js';

/** Entries per call; for a longer list call again. */
const COUNT = 1_000;

export interface HandOver {
  readonly stream: string;
  readonly group: string;
  /** The consumer whose entries are moved; it must have stopped reading. */
  readonly from: string;
  readonly to: string;
  readonly minIdleMs: number;
}

export type HandedOver =
  | {
      readonly kind: 'handed';
      readonly ids: readonly string[];
      /** Pending entries whose bodies were trimmed; they are no longer pending. */
      readonly goneCount: number;
      /** True if there may be more entries. */
      readonly more: boolean;
    }
  | { readonly kind: 'no_group' };

/** Moves pending entries in a consumer group. Writes go through the operators' connection. */
@Injectable()
export class GroupEntries {
  constructor(@Inject(OPERATOR_SCRIPTS) private readonly writer: ScriptRunner) {}

  /** A second call changes nothing: the moved entries no longer belong to that consumer. */
  async handOver({ stream, group, from, to, minIdleMs }: HandOver): Promise<HandedOver> {
    const args = { group, from, to, minIdleMs, count: COUNT, idleMs: TAKEN_AT_ONCE_MS };
    const { word, values } = await this.writer.run('hand_over', { stream }, args);
    if (word === 'no_group') return { kind: word };
    const ids = (values[0] as readonly unknown[]).map(String);
    const found = Number(values[1]);
    return { kind: word, ids, goneCount: found - ids.length, more: found === COUNT };
  }
}
