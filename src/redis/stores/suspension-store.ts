import { Inject, Injectable } from '@nestjs/common';
import type { RedisClient } from '../connection/redis-clients.js';
import { eventKeys } from '../keys/event-keys.js';
import type { Keys } from '../keys/keys.js';
import { COMMANDS, KEYS, OPERATOR_SCRIPTS } from '../redis.tokens.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import { type Suspension, suspensionIn } from './control-state.js';
import { readBlock } from './stored-block.js';

export interface SuspensionChange {
  /** False if the symbol was suspended, or allowed, already. */
  readonly isChanged: boolean;
  /** What was stored; of a suspension that stays, the one that holds. */
  readonly before: Suspension | undefined;
}

/** Takes single symbols out of trading at run time, for every process, until an admin allows them again. */
@Injectable()
export class SuspensionStore {
  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    @Inject(OPERATOR_SCRIPTS) private readonly writer: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  /** Whatever is stored suspends. */
  async of(symbol: string): Promise<Suspension | undefined> {
    return suspensionIn(symbol, await readBlock(this.client, this.keys.suspended(symbol), 'reading a suspension'));
  }

  /** From its return on no plan of the symbol is claimed. A suspension that is there stays, with who set it and why. */
  suspend(suspension: Suspension): Promise<SuspensionChange> {
    const { symbol, by, reason } = suspension;
    return this.#set(symbol, JSON.stringify(suspension), 'SYMBOL_SUSPENDED', reason, by);
  }

  allow(symbol: string, reason: string, by: string): Promise<SuspensionChange> {
    return this.#set(symbol, '', 'SYMBOL_ALLOWED', reason, by);
  }

  async #set(symbol: string, value: string, event: string, reason: string, actor: string): Promise<SuspensionChange> {
    const { keys } = this;
    const { word, values } = await this.writer.run(
      'set_suspension',
      { suspended: keys.suspended(symbol), ...eventKeys(keys), epoch: keys.epoch(symbol) },
      { value, event, reason, context: JSON.stringify({ symbol, actor }) },
    );
    return { isChanged: word === 'set', before: suspensionIn(symbol, String(values[0])) };
  }
}
