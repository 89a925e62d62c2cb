import { Inject, Injectable } from '@nestjs/common';
import { KEY_TABLE, type KeyName, type Keys } from '../keys/keys.js';
import { KEYS } from '../redis.tokens.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import { type ScriptKeys, SCRIPTS } from '../scripts/scripts.js';

/** What else to do where deleting the key is not all. */
const INSTEAD: Partial<Record<KeyName, string>> = {
  killSwitch: 'engage the kill switch (permit-gate kill --reason <text>), which writes it anew',
  arm: 'disarm (permit-gate disarm --reason <text>), which writes it anew',
  account: 'stop every process of this prefix, delete it, and start them again',
};

/** Checks that the keys of the whole deployment have the type they are used as. Streams are left to the check of the streams. */
@Injectable()
export class SharedKeyTypes {
  constructor(
    private readonly runner: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  /** One sentence per key of another type, with its remedy. */
  async faults(): Promise<string[]> {
    const { keys: names } = SCRIPTS.read_shared_types;
    const keys = Object.fromEntries(names.map((name) => [name, this.keys[name]()])) as ScriptKeys<'read_shared_types'>;
    const { values } = await this.runner.run('read_shared_types', keys, {});
    const types = values[0] as readonly string[];
    return names.flatMap((name, at) => {
      const { type: expected } = KEY_TABLE[name];
      const found = types[at] ?? 'none';
      if (found === 'none' || found === expected) return [];
      const key = this.keys[name]();
      return [`${key} is a ${found}, not a ${expected}: ${INSTEAD[name] ?? `delete it (redis-cli DEL ${key})`}`];
    });
  }
}
