import { shownBare } from '../fault.js';
import { parseValues, VARIABLES, type DeclaredVariable } from '../values.js';
import type { PreviousName } from './previous-settings.js';

/** What is written in place of a variable of the services before: the variable and its value. */
export interface Replacement {
  readonly variable: DeclaredVariable;
  /** `undefined` when this value cannot be written. */
  readonly text: string | undefined;
  /** Whether it is the default anyway. */
  readonly isDefault: boolean;
}

/** `undefined` where there is no counterpart. */
export function replacementFor({ now, convert }: PreviousName, text: string): Replacement | undefined {
  const variable = VARIABLES.find(({ name }) => name === now);
  if (variable === undefined) return undefined;
  const written = convert === undefined ? text : convert(text);
  const { values } = parseValues(new Map(written === undefined ? [] : [[variable.name, written]]));
  const value: unknown = values[variable.property];
  return { variable, text: written, isDefault: value !== undefined && value === variable.fallback };
}

/** Why a variable is not read, and what to do, as sentences. */
export function remedyFor(row: PreviousName, text: string): string {
  const { why, remedy } = row;
  const replacement = replacementFor(row, text);
  return `${why} ${replacement === undefined ? remedy : replacementText(replacement)}`;
}

/** What to write, as a sentence. */
export function replacementText({ variable, text, isDefault }: Replacement): string {
  if (text === undefined) return `Remove it, and write ${variable.name}: ${variable.parser.allowed}.`;
  const quoted = shownBare(text);
  return isDefault
    ? `Remove it: ${variable.name}=${quoted} is the default.`
    : `Write ${variable.name}=${quoted} in its place.`;
}
