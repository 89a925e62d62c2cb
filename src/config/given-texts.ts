import { readFileSync } from 'node:fs';
import { fileVariable, type Declaration } from './declaration.js';
import { shown, type ConfigFault } from './fault.js';
import { isServiceLink } from './kubernetes.js';

/** What was given for a variable, before it is read as a value. */
export interface GivenText {
  readonly text: string;
  /** Where it came from, for faults: the variable itself, its `_FILE`, or `--roles`. */
  readonly origin: string;
}

export interface Overrides {
  /** The value of `--roles=`; goes before `ROLES`. */
  readonly roles?: string | undefined;
}

/** Says where Redis is without host and port; with one of these a `REDIS_PORT` set by Kubernetes does no harm. */
const OTHER_REDIS_ADDRESSES = ['REDIS_URL', 'REDIS_URL_FILE', 'REDIS_SENTINELS', 'REDIS_CLUSTER_NODES'];

/**
 * Collects the texts of all declared variables, reading the files of those that are given as `X_FILE`. `faulty` holds the
 * properties that were given and have no text.
 */
export function givenTexts(
  declarations: readonly Declaration[],
  source: NodeJS.ProcessEnv,
  overrides: Overrides,
): { texts: ReadonlyMap<string, GivenText>; faulty: Set<string>; faults: ConfigFault[] } {
  const texts = new Map<string, GivenText>();
  const faulty = new Set<string>();
  const faults: ConfigFault[] = [];
  for (const { variable, property, kind } of declarations) {
    const text = source[variable];
    const file = kind.secret === true ? source[fileVariable(variable)] : undefined;
    const secret = file === undefined || text !== undefined ? undefined : secretFrom(variable, file);
    if (text !== undefined && file !== undefined) faults.push(givenTwice(variable));
    else if (secret !== undefined && 'given' in secret) faults.push(secret);
    else if (secret !== undefined) texts.set(variable, secret);
    else if (text !== undefined && !isHarmlessLink(variable, text, source))
      texts.set(variable, { text, origin: variable });
    if (file !== undefined && !texts.has(variable)) faulty.add(property);
  }
  if (overrides.roles !== undefined) texts.set('ROLES', { text: overrides.roles, origin: '--roles' });
  return { texts, faulty, faults };
}

function isHarmlessLink(variable: string, text: string, source: NodeJS.ProcessEnv): boolean {
  const elsewhere = OTHER_REDIS_ADDRESSES.some((other) => source[other] !== undefined);
  return variable === 'REDIS_PORT' && elsewhere && isServiceLink(variable, text);
}

function givenTwice(variable: string): ConfigFault {
  return {
    variable,
    given: `${variable} and ${fileVariable(variable)}`,
    allowed: 'one of the two',
    remedy: `Remove ${variable} if the file is right.`,
  };
}

function secretFrom(variable: string, file: string): GivenText | ConfigFault {
  const origin = fileVariable(variable);
  const fault = (problem: string): ConfigFault => ({
    variable: origin,
    given: `${shown(file)} (${problem})`,
    allowed: `the path of a readable file that holds ${variable}`,
  });
  try {
    const text = readFileSync(file, 'utf8').replace(/[\r\n]+$/, '');
    return text === '' ? fault('the file is empty') : { text, origin };
  } catch (error) {
    return fault(error instanceof Error && 'code' in error ? String(error.code) : String(error));
  }
}
