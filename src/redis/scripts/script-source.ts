import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type ScriptName, SCRIPTS, type ScriptShape } from './scripts.js';

export interface ScriptSource {
  readonly text: string;
  readonly sha1: string;
}

/** By name, without a server, so that a process reads each file once. */
const texts = new Map<ScriptName, string>();

function read(file: string): string {
  return readFileSync(new URL(`./lua/${file}.lua`, import.meta.url), 'utf8');
}

/**
 * A script as Redis receives it: the pieces that its header includes, then its keys and arguments as locals, then its own text. For
 * one server it begins with the server's identity, so that no other server knows its digest.
 */
export function loadScript(name: ScriptName, server?: string): ScriptSource {
  const known = texts.get(name) ?? assemble(name);
  texts.set(name, known);
  const { atMaxmemory }: ScriptShape = SCRIPTS[name];
  const heading = [
    // Only as the very first line; without it Redis at maxmemory refuses a first write that needs memory.
    ...(atMaxmemory === 'allowed' ? ['#!lua flags=allow-oom'] : []),
    ...(server === undefined ? [] : [`-- server: ${server}`]),
  ];
  const text = [...heading, known].join('\n');
  return { text, sha1: createHash('sha1').update(text).digest('hex') };
}

function assemble(name: ScriptName): string {
  const shape: ScriptShape = SCRIPTS[name];
  return [...shape.includes.map((piece) => read(`lib/${piece}`)), ...namedLocals(shape), read(name)].join('\n');
}

/** The pieces come first and do not see these names, so they take what they need as parameters. */
export function namedLocals({ keys, args, rest }: Pick<ScriptShape, 'keys' | 'args' | 'rest'>): string[] {
  const named = (names: readonly string[], table: string): string[] =>
    names.length === 0 ? [] : [`local ${names.join(', ')} = ${names.map((_, at) => `${table}[${at + 1}]`).join(', ')}`];
  const others = rest === undefined ? [] : [`local ${rest} = { unpack(ARGV, ${args.length + 1}) }`];
  return [...named(keys, 'KEYS'), ...named(args, 'ARGV'), ...others];
}
