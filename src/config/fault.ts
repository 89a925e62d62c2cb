import { looksSecret, printable } from '../flow/0-outside-text.js';

/** One thing that is wrong with the configuration. Never holds a secret's value. */
export interface ConfigFault {
  /** The variable's name, `--roles`, or a place in a YAML file such as `config/symbols.yaml: symbols.BTCUSDT.cooldownSec`. */
  readonly variable: string;
  /** The value found there, quoted; `[set]` for a secret, `not set` when a value is needed. */
  readonly given: string;
  readonly allowed: string;
  /** What to do, when `allowed` does not make it clear. */
  readonly remedy?: string | undefined;
}

/** The process cannot start with this configuration. The caller prints the message and exits with code 78. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  constructor(readonly faults: readonly ConfigFault[]) {
    const count = faults.length === 1 ? 'one fault' : `${faults.length} faults`;
    super([`The configuration has ${count}; nothing was started.`, ...faults.map(paragraph)].join('\n\n'));
  }
}

function paragraph({ variable, given, allowed, remedy }: ConfigFault): string {
  const lines = [`  ${variable}`, `    given:   ${given}`, `    allowed: ${allowed}`];
  if (remedy !== undefined) lines.push(`    remedy:  ${remedy}`);
  return lines.join('\n');
}

export function fault(variable: string, given: string, allowed: string, remedy?: string): ConfigFault {
  return { variable, given, allowed, remedy };
}

export const NOT_SET = 'not set';
/** Stands for a secret's value wherever a value would be shown. */
export const HIDDEN = '[set]';

const SHOWN_CHARACTERS = 100;

/** A value as a terminal may show it: quoted, cut, on one line, without the user part of a URL; nothing of what may be a secret. */
export function shown(value: string | number | boolean): string {
  const text = String(value);
  if (looksSecret(text)) return HIDDEN;
  const withoutUser = text.replace(/\/\/.*@/s, '//[hidden]@');
  const characters = Array.from(withoutUser);
  const cut = characters.length > SHOWN_CHARACTERS ? `${characters.slice(0, SHOWN_CHARACTERS).join('')}…` : withoutUser;
  return printable(JSON.stringify(cut));
}

/** As {@link shown}, without the quotes: for a text that says what to write. */
export function shownBare(value: string): string {
  const text = shown(value);
  return text === HIDDEN ? HIDDEN : text.slice(1, -1);
}
