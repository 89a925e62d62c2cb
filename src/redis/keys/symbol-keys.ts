import { KEY_TABLE, type KeyName } from './keys.js';

/** The keys there is one of for each symbol. */
export const SYMBOL_KEYS = (Object.keys(KEY_TABLE) as KeyName[]).filter((name) =>
  /^[^<]*<symbol>$/.test(KEY_TABLE[name].pattern),
);

/** Of another type they keep nothing from trading. */
const OF_MESSAGES: ReadonlySet<KeyName> = new Set<KeyName>(['notifyLeader', 'notifyTold']);

/** The keys there is one of for a whole deployment, without its streams, that trading needs. */
export const SHARED_KEYS = (Object.keys(KEY_TABLE) as KeyName[]).filter(
  (name) => !KEY_TABLE[name].pattern.includes('<') && KEY_TABLE[name].type !== 'stream' && !OF_MESSAGES.has(name),
);
