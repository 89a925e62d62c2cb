import { HIDDEN, shown } from '../../../config/fault.js';
import { shownUnknown } from '../../../config/unknown-variables.js';
import { VARIABLES, type DeclaredVariable } from '../../../config/values.js';
import { fileVariable } from '../../../config/variable.js';
import type { Setting } from './env-file.js';

/** Every variable by the names it may be given under: its own, and `<NAME>_FILE` of a secret. */
export const BY_NAME = new Map<string, DeclaredVariable>(
  VARIABLES.flatMap((variable) =>
    variable.parser.secret === true
      ? [[variable.name, variable] as const, [fileVariable(variable.name), variable] as const]
      : [[variable.name, variable] as const],
  ),
);

/** The last setting of each name, in the order of the files. */
export function lastOfEach(
  settings: readonly Setting[],
  onTwice: (earlier: Setting, last: Setting) => void,
): Setting[] {
  const last = new Map(settings.map((setting) => [setting.name, setting]));
  return settings.filter((setting) => {
    const winner = last.get(setting.name) ?? setting;
    if (winner !== setting) onTwice(setting, winner);
    return winner === setting;
  });
}

/** Its value as a message may show it. */
export function shownSetting(name: string, text: string): string {
  const variable = BY_NAME.get(name);
  if (variable === undefined) return shownUnknown(name, text);
  // A `_FILE` without a slash may be the secret itself.
  const isHidden = variable.parser.secret === true && (name === variable.name || !text.includes('/'));
  return isHidden ? HIDDEN : shown(text);
}
