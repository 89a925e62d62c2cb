import { DerivedDefault } from './derived-defaults.js';
import { Environment, redactedConfiguration } from './environment.js';
import { fault, HIDDEN, shown, type ConfigFault } from './fault.js';
import { serviceLinkRemedy } from './kubernetes.js';
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
  const environment = new Environment(complete, new Set(raw.keys()), symbolFile, files);
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
  return text === ''
    ? fault(origin, 'an empty value', parser.allowed, 'Remove the variable to use its default, or give a value.')
    : fault(origin, parser.secret === true ? HIDDEN : shown(text), parser.allowed, serviceLinkRemedy(name, text));
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
