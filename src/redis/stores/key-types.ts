import { Inject, Injectable } from '@nestjs/common';
import { identityOf } from '../../flow/1-standing.js';
import { ACTIONS } from '../../flow/1-proposal.js';
import type { RedisClient } from '../connection/redis-clients.js';
import { asRedisError, isWrongType } from '../connection/redis.errors.js';
import { KEY_TABLE, type KeyName, type Keys } from '../keys/keys.js';
import { SYMBOL_KEYS } from '../keys/symbol-keys.js';
import { COMMANDS, KEYS } from '../redis.tokens.js';

/** What must be known before the key is deleted. */
const AFTER: Partial<Record<KeyName, (symbol: string) => string>> = {
  ledger: (symbol) => ` and reconcile ${symbol}`,
  standing: () => '; what the strategy asks for then is taken up anew, also what was done before',
  takenUp: () => '; the proposal is taken up anew from the position of then, also if it was done',
};

/** Checks that the keys of symbols have the type they are used as: a key of another type stops its symbol. */
@Injectable()
export class KeyTypes {
  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  /** What is wrong with the keys of a symbol, one sentence each, with the remedy. */
  async faults(symbol: string): Promise<string[]> {
    const own = SYMBOL_KEYS.map((name) =>
      this.#fault(name, (this.keys[name] as (symbol: string) => string)(symbol), symbol),
    );
    const found = await Promise.all([...own, this.#takenUpFault(symbol)]);
    return found.filter((fault) => fault !== undefined);
  }

  /** The target of what the strategy asks for now. */
  async #takenUpFault(symbol: string): Promise<string | undefined> {
    let asked: readonly (string | null)[];
    try {
      asked = await this.client.hmget(this.keys.standing(symbol), 'action', 'close_pct', 'proposal_id');
    } catch (error) {
      const sorted = asRedisError(error, `reading what the strategy of ${symbol} asks for`);
      if (isWrongType(sorted)) return undefined;
      throw sorted;
    }
    const [action, closePct, proposalId] = asked.map((each) => each ?? '');
    const known = ACTIONS.find((each) => each === action);
    if (known === undefined) return undefined;
    const identity = identityOf({ action: known, closePct: closePct ?? '', proposalId: proposalId ?? '' }, undefined);
    return this.#fault('takenUp', this.keys.takenUp(symbol, identity), symbol);
  }

  async #fault(name: KeyName, key: string, symbol: string): Promise<string | undefined> {
    const { type: expected } = KEY_TABLE[name];
    let found: string;
    try {
      found = await this.client.type(key);
    } catch (error) {
      throw asRedisError(error, `checking the keys of ${symbol}`);
    }
    if (found === 'none' || found === expected) return undefined;
    const after = AFTER[name]?.(symbol) ?? '';
    return `${key} is a ${found}, not a ${expected}: ${symbol} is stopped. Delete it (redis-cli DEL ${key})${after}`;
  }
}
