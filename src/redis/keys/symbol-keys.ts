import { KEY_TABLE, type KeyName } from './keys.js';

/** The keys there is one of for each symbol. */
export const SYMBOL_KEYS = (Object.keys(KEY_TABLE) as KeyName[]).filter((name) =>
  /^[^<]*<symbol>$/.test(KEY_TABLE[name].pattern),
);

/** The keys there is one of for a whole deployment, without its streams. */
export const SHARED_KEYS = (Object.keys(KEY_TABLE) as KeyName[]).filter(
  (name) => !KEY_TABLE[name].pattern.includes('<') && KEY_TABLE[name].type !== 'stream',
);
