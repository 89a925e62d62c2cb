import { readFileSync } from 'node:fs';
import { fault, HIDDEN, shown, type ConfigFault } from './fault.js';
import { isServiceLink } from './kubernetes.js';
import { VARIABLES, type DeclaredVariable, type VariableName } from './values.js';
import { fileVariable } from './variable.js';

/** The text of a variable, before it is parsed. */
export interface RawValue {
  readonly text: string;
  /** Where it came from, for faults: the variable itself, its `_FILE`, or `--roles`. */
  readonly origin: string;
}

export interface Overrides {
  /** The value of `--roles=`; takes precedence over `ROLES`. */
  readonly roles?: string | undefined;
}

interface RawValues {
  readonly raw: ReadonlyMap<VariableName, RawValue>;
  /** The paths of the files that were read, by variable (`X_FILE`). */
  readonly files: ReadonlyMap<string, string>;
  /** Variables that were given as a file and have no text. */
  readonly unreadable: readonly DeclaredVariable[];
  readonly faults: readonly ConfigFault[];
}

/** With one of these, host and port are not used, so a `REDIS_PORT` set by Kubernetes is harmless. */
const OTHER_REDIS_ADDRESSES = ['REDIS_URL', 'REDIS_URL_FILE', 'REDIS_SENTINELS', 'REDIS_CLUSTER_NODES'];

/** Collects the texts of all variables, reading the files of those that are given as `X_FILE`. */
export function readRawValues(source: NodeJS.ProcessEnv, overrides: Overrides): RawValues {
  const raw = new Map<VariableName, RawValue>();
  const files = new Map<string, string>();
  const unreadable: DeclaredVariable[] = [];
  const faults: ConfigFault[] = [];
  for (const variable of VARIABLES) {
    const { name, parser } = variable;
    const text = source[name];
    const file = parser.secret === true ? source[fileVariable(name)] : undefined;
    if (file !== undefined) {
      const read = text === undefined ? readSecret(name, file) : givenTwice(name);
      if ('text' in read) {
        raw.set(name, read);
        files.set(fileVariable(name), file);
      } else {
        faults.push(read);
        unreadable.push(variable);
      }
    } else if (text !== undefined && !isHarmlessLink(name, text, source)) raw.set(name, { text, origin: name });
  }
  if (overrides.roles !== undefined) raw.set('ROLES', { text: overrides.roles, origin: '--roles' });
  return { raw, files, unreadable, faults };
}

function isHarmlessLink(name: string, text: string, source: NodeJS.ProcessEnv): boolean {
  const hasOtherAddress = OTHER_REDIS_ADDRESSES.some((other) => source[other] !== undefined);
  return name === 'REDIS_PORT' && hasOtherAddress && isServiceLink(name, text);
}

function givenTwice(name: string): ConfigFault {
  return fault(name, `${name} and ${fileVariable(name)}`, 'one of the two', `Remove ${name} if the file is right.`);
}

function readSecret(name: string, file: string): RawValue | ConfigFault {
  const origin = fileVariable(name);
  // Without a slash it may be the secret itself.
  const given = file === '' || file.includes('/') ? shown(file) : HIDDEN;
  const remedy =
    given === HIDDEN
      ? `Give a path with a slash, such as /run/secrets/${name.toLowerCase()}; a value that is the secret itself belongs in ${name}.`
      : undefined;
  const unusable = (problem: string): ConfigFault =>
    fault(origin, `${given} (${problem})`, `the path of a readable file that holds ${name}`, remedy);
  try {
    const text = readFileSync(file, 'utf8').replace(/[\r\n]+$/, '');
    return text === '' ? unusable('the file is empty') : { text, origin };
  } catch (error) {
    return unusable(error instanceof Error && 'code' in error ? String(error.code) : String(error));
  }
}
