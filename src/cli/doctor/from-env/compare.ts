import { HIDDEN, NOT_SET, type ConfigFault } from '../../../config/fault.js';
import { loadEnvironment } from '../../../config/load-environment.js';
import { CHANGED_DEFAULTS, CHANGED_MEANINGS } from '../../../config/previous/changed-settings.js';
import { previousName, type PreviousName } from '../../../config/previous/previous-settings.js';
import { replacementFor, replacementText } from '../../../config/previous/remedy.js';
import { suggestedValue } from '../../../config/previous/suggested-value.js';
import { ROLES, type Role } from '../../../config/roles.js';
import { nearest } from '../../../config/suggestion.js';
import { isOwnName, shownUnknown } from '../../../config/unknown-variables.js';
import { parseValues, type DeclaredVariable } from '../../../config/values.js';
import type { Difference } from './difference.js';
import type { EnvFile, Setting } from './env-file.js';
import { rolesOf } from './roles-of.js';
import { BY_NAME, lastOfEach, shownSetting } from './settings.js';

/** A line of the new file: what is written, or why nothing is. */
export interface NewLine {
  readonly name: string;
  readonly text: string | undefined;
  readonly place: string;
  readonly isSecret: boolean;
}

export interface Comparison {
  readonly roles: readonly Role[];
  readonly lines: readonly NewLine[];
  readonly differences: readonly Difference[];
}

/** Node itself, and the command line, read these. */
const READ_BY_OTHERS = /^(?:NODE_|SSL_CERT_|PERMIT_GATE_|TZ$)/;

/** Compares the settings of the services before with what this program reads. Nothing is left unsaid. */
export function compare(files: readonly EnvFile[], roles?: string): Comparison {
  const comparison = new SettingsComparison(files, roles);
  return comparison.result;
}

class SettingsComparison {
  #differences: Difference[] = [];
  readonly #lines = new Map<string, NewLine>();
  readonly #roles: readonly Role[];

  constructor(files: readonly EnvFile[], roles: string | undefined) {
    const settings = files.flatMap((file) => file.settings);
    this.#roles = rolesOf(settings, roles);
    for (const { place, why } of files.flatMap(({ odd }) => odd))
      this.#add({
        variable: '(a line)',
        given: HIDDEN,
        place,
        kind: 'format',
        mustChange: true,
        remedy: 'Write NAME=value.',
        why,
      });
    for (const setting of lastOfEach(settings, (earlier, last) => this.#reportTwice(earlier, last)))
      this.#read(setting);
    this.#addRoles(settings, roles);
    this.#addDefaults(settings);
    this.#addFaults();
  }

  get result(): Comparison {
    return { roles: this.#roles, lines: [...this.#lines.values()], differences: this.#differences };
  }

  #add(difference: Difference): void {
    this.#differences.push(difference);
  }

  #write(name: string, text: string | undefined, place = '', isSecret = false): void {
    this.#lines.set(name, { name, text, place, isSecret });
  }

  #reportTwice({ name, text, place }: Setting, last: Setting): void {
    const isSame = text === last.text;
    this.#add({
      variable: name,
      given: shownSetting(name, text),
      place,
      kind: 'given_twice',
      mustChange: false,
      remedy: isSame ? '' : `Remove it here if ${last.place} is right.`,
      why: `${last.place} gives it again, and the last one counts${isSame ? '; both are the same' : `: ${shownSetting(name, last.text)}`}.`,
    });
  }

  #read(setting: Setting): void {
    if (setting.format.length > 0) this.#reportFormat(setting);
    const variable = BY_NAME.get(setting.name);
    const previous = previousName(setting.name);
    if (variable !== undefined) this.#readKnown(setting, variable);
    else if (previous !== undefined) this.#readPrevious(setting, previous);
    else this.#readUnknown(setting);
  }

  #reportFormat({ name, text, place, format }: Setting): void {
    const why = `${format.map((note) => note.why).join('; ')}.`;
    const mustChange = format.some(({ matters }) => matters);
    const given = shownSetting(name, text);
    this.#add({ variable: name, given, place, kind: 'format', mustChange, remedy: 'Write the line as above.', why });
  }

  #readKnown({ name, text, place }: Setting, variable: DeclaredVariable): void {
    const isSecret = variable.parser.secret === true && name === variable.name;
    const given = shownSetting(name, text);
    const { refused } = parseValues(new Map([[variable.name, text]]));
    const suggested = isSecret || name !== variable.name ? undefined : suggestedValue(variable.name, text);
    const isAllowed = name !== variable.name || refused.length === 0;
    const texts = [text, suggested ?? text];
    const meanings = CHANGED_MEANINGS.filter(
      ({ name: changed, concerns }) => changed === name && texts.some((each) => concerns?.(each) !== false),
    );
    for (const { why, remedy } of meanings) {
      const what = remedy?.(text) ?? '';
      this.#add({ variable: name, given, place, kind: 'other_meaning', mustChange: what !== '', remedy: what, why });
    }
    if (meanings.some(({ remedy }) => remedy !== undefined)) return;
    if (isAllowed) {
      this.#write(name, text, place, isSecret);
      if (meanings.length === 0)
        this.#add({
          variable: name,
          given,
          place,
          kind: 'same',
          mustChange: false,
          remedy: '',
          why: 'It is taken as it is.',
        });
    } else if (suggested !== undefined) {
      this.#write(name, suggested, place);
      const why = `Allowed: ${variable.parser.allowed}.`;
      this.#add({
        variable: name,
        given,
        place,
        kind: 'not_allowed',
        mustChange: true,
        remedy: `Write ${name}=${suggested}.`,
        why,
      });
    } else this.#write(name, text, place, isSecret);
  }

  #readPrevious({ name, text, place }: Setting, row: PreviousName): void {
    const given = shownUnknown(name, text);
    const replacement = replacementFor(row, text);
    if (replacement === undefined) {
      const { why, remedy = '' } = row;
      this.#add({ variable: name, given, place, kind: 'no_counterpart', mustChange: isOwnName(name), remedy, why });
      return;
    }
    const { variable, text: written, isDefault } = replacement;
    const isWritten = this.#lines.has(variable.name);
    const mustChange = isOwnName(name) || !(isDefault || isWritten);
    const remedy = isWritten ? `Remove it: ${variable.name} is set.` : replacementText(replacement);
    this.#add({ variable: name, given, place, kind: 'renamed', mustChange, remedy, why: row.why });
    if (written !== undefined && !isDefault && !isWritten) this.#write(variable.name, written, place);
  }

  #readUnknown({ name, text, place }: Setting): void {
    if (READ_BY_OTHERS.test(name)) {
      this.#write(name, text, place);
      this.#add({
        variable: name,
        given: shownUnknown(name, text),
        place,
        kind: 'same',
        mustChange: false,
        remedy: '',
        why: 'It is not a setting of `serve`: Node or the command line reads it.',
      });
      return;
    }
    const upper = name.toUpperCase();
    const meant = BY_NAME.has(upper) ? upper : nearest(upper, BY_NAME.keys());
    const isOurs = isOwnName(name) || isOwnName(upper);
    const why = isOurs ? 'No variable of this name exists.' : 'permit-gate does not read it.';
    const remedy =
      meant !== undefined && isOurs ? `Did you mean ${meant}?` : 'Remove it, unless another program reads this file.';
    this.#add({
      variable: name,
      given: shownUnknown(name, text),
      place,
      kind: 'unknown',
      mustChange: isOurs,
      remedy,
      why,
    });
  }

  /** Without `ROLES` one process runs all roles, beside old services that still run. */
  #addRoles(settings: readonly Setting[], roles: string | undefined): void {
    if (settings.some(({ name }) => name === 'ROLES')) return;
    const list = this.#roles.join(',');
    this.#write('ROLES', list);
    if (this.#roles.length === ROLES.length || roles !== undefined) return;
    this.#add({
      variable: 'ROLES',
      given: NOT_SET,
      place: '',
      kind: 'needed',
      mustChange: true,
      remedy: `Write ROLES=${list}, or start with \`serve --roles=${list}\`.`,
      why: 'Each old service is one role. Without ROLES a process runs all three, beside the old services that still run.',
    });
  }

  #addDefaults(settings: readonly Setting[]): void {
    const given = new Set([...this.#lines.keys(), ...settings.map(({ name }) => name)]);
    const runsApply = this.#roles.includes('apply');
    for (const { name, role, alone = false, mustChange = false, remedy, why } of CHANGED_DEFAULTS) {
      if ((role !== undefined && !this.#roles.includes(role)) || given.has(name) || (alone && runsApply)) continue;
      if (mustChange) this.#write(name, undefined);
      const kind = mustChange ? 'needed' : 'other_default';
      this.#add({ variable: name, given: NOT_SET, place: '', kind, mustChange, remedy, why });
      given.add(name);
    }
  }

  /** What is still wrong with the new settings, each as `serve` would say it. */
  #addFaults(): void {
    const written = [...this.#lines.values()].flatMap(({ name, text }) => (text === undefined ? [] : [[name, text]]));
    const loaded = loadEnvironment(Object.fromEntries(written));
    if (!('faults' in loaded)) return;
    for (const { variable, given, allowed, remedy = '' } of loaded.faults)
      this.#addFault({ variable, given, allowed, remedy });
  }

  #addFault({ variable, given, allowed, remedy = '' }: ConfigFault): void {
    const line = this.#lines.get(variable);
    const kind = given === NOT_SET ? 'needed' : 'not_allowed';
    if (line !== undefined) this.#write(variable, undefined, line.place);
    this.#differences = this.#differences.filter((other) => other.variable !== variable || other.kind !== 'same');
    this.#add({
      variable,
      given,
      place: line?.place ?? '',
      kind,
      mustChange: true,
      remedy,
      why: `Allowed: ${allowed}.`,
    });
  }
}
