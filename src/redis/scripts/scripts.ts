import type { Principal } from '../keys/key-row.js';
import { SCRIPTS as GENERATED } from './scripts.generated.js';

/** What the header of a Lua script says, as far as its callers and the rights of the Redis users need it. */
export interface ScriptShape {
  readonly runBy: readonly Principal[];
  /** Pieces of `lua/lib` that go before the script. */
  readonly includes: readonly string[];
  /** The names of KEYS and ARGV, in order. */
  readonly keys: readonly string[];
  readonly args: readonly string[];
  /** The name for a flat list of stream fields that follows the named arguments. */
  readonly rest?: string;
  /** `reads` writes nothing; without `allowed` Redis refuses the script's first write while it is at maxmemory. */
  readonly atMaxmemory: 'allowed' | 'refused' | 'reads';
  /** The words that the script may answer with. */
  readonly replies: readonly string[];
}

/** Every script, by name. Written by `npm run docs` from the headers in `lua/`: change a script there. */
export const SCRIPTS = GENERATED satisfies Readonly<Record<string, ScriptShape>>;

export type ScriptName = keyof typeof SCRIPTS;
export type ScriptKeys<N extends ScriptName> = Readonly<Record<(typeof SCRIPTS)[N]['keys'][number], string>>;
export type ScriptArgs<N extends ScriptName> = Readonly<Record<(typeof SCRIPTS)[N]['args'][number], string | number>>;
export type ScriptWord<N extends ScriptName> = (typeof SCRIPTS)[N]['replies'][number];
