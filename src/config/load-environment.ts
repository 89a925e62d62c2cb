import { DerivedDefault } from './derived-defaults.js';
import { Environment, redactedConfiguration } from './environment.js';
import { fault, HIDDEN, shown, shownBare, type ConfigFault } from './fault.js';
import { serviceLinkRemedy } from './kubernetes.js';
import { previousNotices } from './previous/notices.js';
import { suggestedValue } from './previous/suggested-value.js';
import { readRawValues, type Overrides, type RawValue } from './raw-values.js';
import { RULES } from './rules/rules.js';
import { unsafeNodeSettings } from './node-settings.js';
import { readSymbolFiles } from './symbols/read-symbol-files.js';
import { unknownVariables } from './unknown-variables.js';
import { parseValues, refusedProperties, VARIABLES, withDefaults, type DeclaredVariable } from './values.js';

export type LoadedEnvironment = { readonly environment: Environment } | { readonly faults: readonly ConfigFault[] };

/**
 * Reads and checks the configuration. Reads secret files, key files and YAML files, and nothing else: the caller merges a `.env`
 * file into `source`. Finds all faults in one run; a fault never contains a secret.
 */
export function loadEnvironment(source: NodeJS.ProcessEnv, overrides: Overrides = {}): LoadedEnvironment {
  const { raw, files, unreadable, faults: rawFaults } = readRawValues(source, overrides);
  const { values, refused } = parseValues(new Map(Array.from(raw, ([name, { text }]) => [name, text])));
  const complete = withDefaults(values);
  const faulty = new Set([...unreadable, ...refused].map(({ property }) => property));
  const { symbolFile, faults: fileFaults } = readSymbolFiles(complete.configDir, raw.has('CONFIG_DIR'));
  const given = new Set(raw.keys());
  const notices = previousNotices({ source, given, roles: complete.roles });
  const environment = new Environment(complete, given, symbolFile, files, notices);
  const faults = [
    ...rawFaults,
    ...refused.map((variable) => wrongValue(variable, raw.get(variable.name))),
    ...unknownVariables(source),
    ...(complete.applyMode === 'production' ? unsafeNodeSettings(source) : []),
    ...wrongDefaults(environment),
    ...RULES.filter(({ reads }) => !reads.some((property) => faulty.has(property))).flatMap(({ faultsIn }) =>
      faultsIn(environment),
    ),
    ...(faulty.has('configDir') ? [] : fileFaults),
  ];
  return faults.length > 0 ? { faults } : { environment };
}

function wrongValue({ name, parser }: DeclaredVariable, { text, origin }: RawValue = { text: '', origin: name }) {
  if (text === '')
    return fault(origin, 'an empty value', parser.allowed, 'Remove the variable to use its default, or give a value.');
  if (parser.secret === true) return fault(origin, HIDDEN, parser.allowed);
  const suggested = suggestedValue(name, text);
  const remedy = suggested === undefined ? undefined : `Write ${origin}=${shownBare(suggested)}.`;
  return fault(origin, shown(text), parser.allowed, serviceLinkRemedy(name, text) ?? remedy);
}

/** A computed default may be wrong: a host name need not be a valid instance id. */
function wrongDefaults(environment: Environment): ConfigFault[] {
  const refused = refusedProperties(environment);
  return VARIABLES.filter(({ name, property }) => refused.has(property) && !environment.given.has(name)).map(
    ({ name, parser, fallback }) => {
      const value = shown(String(redactedConfiguration(environment)[name]));
      const source = fallback instanceof DerivedDefault ? fallback.description : name;
      return fault(name, `${value} (default: ${source})`, parser.allowed);
    },
  );
}
