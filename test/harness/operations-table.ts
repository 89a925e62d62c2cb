import { readFileSync } from 'node:fs';

/** One row of docs/operations-table.md. */
export interface Operation {
  readonly name: string;
  /** As it is typed: `permit-gate why SYMBOL`. */
  readonly command: string;
  /** `streams claim`, without arguments and options. */
  readonly words: string;
  /** `undefined` for an operation on files. */
  readonly call: { readonly method: string; readonly path: string } | undefined;
  readonly role: string;
}

const ROW = /^\| (?<name>[^|]+?) +\| `permit-gate (?<command>[^`]+)` +\| (?<call>[^|]+?) +\| (?<role>[^|]+?) +\|$/gm;

export function operations(): Operation[] {
  const page = readFileSync(new URL('../../docs/operations-table.md', import.meta.url), 'utf8');
  return [...page.matchAll(ROW)].map(({ groups = {} }) => {
    const { name = '', command = '', call = '', role = '' } = groups;
    const [, method = '', path = ''] = /^`(\w+) ([^`]+)`$/.exec(call) ?? [];
    const words = /^[a-z-]+(?: [a-z-]+)*?(?= [A-Z-]|$)/.exec(command)?.[0] ?? '';
    return { name, command, words, role, call: method === '' ? undefined : { method, path: `/api/v1${path}` } };
  });
}

/** The questions of the page, with their commands. */
export function questions(): { readonly question: string; readonly command: string }[] {
  const page = readFileSync(new URL('../../docs/operations-table.md', import.meta.url), 'utf8');
  return [...page.matchAll(/^\| ([^|]+\?) +\| `permit-gate ([^`]+)` +\|$/gm)].map(([, question = '', command = '']) => {
    return { question, command };
  });
}
