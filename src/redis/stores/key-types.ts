import { Inject, Injectable } from '@nestjs/common';
import { identityOf } from '../../flow/1-standing.js';
import { ACTIONS } from '../../flow/1-proposal.js';
import { inParts } from '../in-parts.js';
import { KEY_TABLE, type KeyName, type Keys } from '../keys/keys.js';
import { KEYS } from '../redis.tokens.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import { type ScriptKeys, SCRIPTS } from '../scripts/scripts.js';

/** What must be known before the key is deleted. */
const AFTER: Partial<Record<KeyName, (symbol: string) => string>> = {
  ledger: (symbol) => ` and reconcile ${symbol}`,
  standing: () => '; what the strategy asks for then is taken up anew, also what was done before',
  takenUp: () => '; the proposal is taken up anew from the position of then, also if it was done',
};

const EXPECTED = SCRIPTS.read_symbol_types.keys.map((name) => KEY_TABLE[name].type);
/** A script that looks at so many keys holds no other command up. */
const SYMBOLS_A_SCRIPT = 50;

type Faults = Map<string, string[]>;

/** Checks that the keys of symbols have the type they are used as: a key of another type stops its symbol. */
@Injectable()
export class KeyTypes {
  constructor(
    private readonly runner: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  /** What is wrong with the keys of each symbol that has such keys, one sentence for each key, with the remedy. */
  async faults(symbols: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const found = await Promise.all(inParts(symbols, SYMBOLS_A_SCRIPT).map((part) => this.#faultsOf(part)));
    return new Map(found.flatMap((faults) => [...faults]));
  }

  async #faultsOf(symbols: readonly string[]): Promise<Faults> {
    const [first = '', ...others] = symbols;
    const { values } = await this.runner.run(
      'read_symbol_types',
      this.#keysOf(first),
      {},
      EXPECTED,
      others.flatMap((symbol) => Object.values(this.#keysOf(symbol))),
    );
    const faults: Faults = new Map();
    const targets: { readonly symbol: string; readonly key: string }[] = [];
    for (const [at, [wrong, asked]] of (values[0] as readonly SymbolTypes[]).entries()) {
      const symbol = symbols[at] ?? '';
      for (let each = 0; each < wrong.length; each += 2) {
        const name = SCRIPTS.read_symbol_types.keys[Number(wrong[each])];
        if (name !== undefined) note(faults, symbol, name, this.keys[name](symbol), wrong[each + 1] ?? '');
      }
      const identity = identityIn(asked);
      if (identity !== undefined) targets.push({ symbol, key: this.keys.takenUp(symbol, identity) });
    }
    const types = await this.#typesOf(targets.map(({ key }) => key));
    for (const [at, { symbol, key }] of targets.entries()) note(faults, symbol, 'takenUp', key, types[at] ?? '');
    return faults;
  }

  #keysOf(symbol: string) {
    const { keys } = this;
    return Object.fromEntries(
      SCRIPTS.read_symbol_types.keys.map((name) => [name, keys[name](symbol)]),
    ) as ScriptKeys<'read_symbol_types'>;
  }

  /** Of the targets of what the strategies ask for now. */
  async #typesOf([first, ...others]: readonly string[]): Promise<readonly string[]> {
    if (first === undefined) return [];
    const { values } = await this.runner.run('read_target_types', { takenUp: first }, {}, [], others);
    return values[0] as readonly string[];
  }
}

/** Pairs of a key's place and the type it has; action, share and id of what is asked for. */
type SymbolTypes = readonly [wrong: readonly string[], asked: readonly (string | null)[]];

function identityIn(asked: readonly (string | null)[]): string | undefined {
  const [action, closePct, proposalId] = asked.map((each) => each ?? '');
  const known = ACTIONS.find((each) => each === action);
  if (known === undefined) return undefined;
  return identityOf({ action: known, closePct: closePct ?? '', proposalId: proposalId ?? '' }, undefined);
}

function note(faults: Faults, symbol: string, name: KeyName, key: string, found: string): void {
  const { type: expected } = KEY_TABLE[name];
  if (found === 'none' || found === expected) return;
  const after = AFTER[name]?.(symbol) ?? '';
  const fault = `${key} is a ${found}, not a ${expected}: ${symbol} is stopped. Delete it (redis-cli DEL ${key})${after}`;
  faults.set(symbol, [...(faults.get(symbol) ?? []), fault]);
}
