import { KEY_TABLE, type KeyName } from './keys.js';

/** The keys there is one of for each symbol. */
export const SYMBOL_KEYS = (Object.keys(KEY_TABLE) as KeyName[]).filter((name) =>
  /^[^<]*<symbol>$/.test(KEY_TABLE[name].pattern),
);

/** Of another type they keep nothing from trading. */
const BESIDE_TRADING: ReadonlySet<KeyName> = new Set<KeyName>([
  'notifyLeader',
  'notifyTold',
  'archiveLeader',
  'archiveState',
]);

/** The keys there is one of for a whole deployment, without its streams, that trading needs. */
export const SHARED_KEYS = (Object.keys(KEY_TABLE) as KeyName[]).filter(
  (name) => !KEY_TABLE[name].pattern.includes('<') && KEY_TABLE[name].type !== 'stream' && !BESIDE_TRADING.has(name),
);
