import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ScriptName } from './scripts.js';

export interface ScriptSource {
  readonly text: string;
  readonly sha1: string;
}

/** In a header of a script that must work while Redis is at `maxmemory`. Without it Redis refuses a first write that needs memory. */
const ALLOWED_AT_MAXMEMORY = /^-- AT MAXMEMORY: allowed$/m;
const INCLUDE = /^-- INCLUDE: (.+)$/m;

function read(file: string): string {
  return readFileSync(new URL(`./lua/${file}.lua`, import.meta.url), 'utf8');
}

/**
 * A script as Redis gets it: the pieces its header includes, in order and each once, then its own text. Loaded for one server
 * it begins with the server's name, so that no other server knows it by its digest.
 */
export function loadScript(name: ScriptName, server?: string): ScriptSource {
  const own = read(name);
  const includes =
    INCLUDE.exec(own)?.[1]
      ?.split(',')
      .map((piece) => piece.trim()) ?? [];
  const heading = [
    ...(ALLOWED_AT_MAXMEMORY.test(own) ? ['#!lua flags=allow-oom'] : []),
    ...(server === undefined ? [] : [`-- server: ${server}`]),
  ];
  const text = [...heading, ...includes.map((piece) => read(`lib/${piece}`)), own].join('\n');
  return { text, sha1: createHash('sha1').update(text).digest('hex') };
}
