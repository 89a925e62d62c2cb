import { KEY_TABLE, type KeyName, type Keys } from '../../keys/keys.js';

/** An unused key of this row, for checking rights. */
export function probeKeyOf(keys: Keys, name: KeyName): string {
  return groupProbeOf(keys, name, 'probe');
}

/** The same of a row that begins with a group. */
export function groupProbeOf(keys: Keys, name: KeyName, group: string): string {
  const build: (...parts: string[]) => string = keys[name];
  const parts = KEY_TABLE[name].pattern.split('<').slice(1);
  return build(...parts.map((_, at) => (at === 0 ? group : 'probe')));
}
