import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { plainJson } from './bounded-json.js';
import { consumerName } from '../keys/groups.js';
import type { Keys } from '../keys/keys.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import type { StreamEntry } from './stream-entry.js';
import { KEYS } from '../redis.tokens.js';

/** Moves entries that cannot be read or handled to the dead letters and acknowledges them, in one step. */
@Injectable()
export class DeadLetters {
  constructor(
    private readonly runner: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly environment: Environment,
  ) {}

  /** `false`: another consumer of the group has the entry, or has handled it, and it is no dead letter of this process. */
  async deadLetter(
    stream: string,
    group: string,
    entry: StreamEntry,
    reason: string,
    deliveries: number,
  ): Promise<boolean> {
    const { word } = await this.runner.run(
      'dead_letter',
      { deadLetters: this.keys.deadLetters(), stream },
      {
        group,
        consumer: consumerName(group, this.environment.instanceId),
        entryId: entry.id,
        reason: reason.slice(0, 512),
        deliveries,
        fields: plainJson(entry.fields),
      },
    );
    return word === 'dead_lettered';
  }
}
