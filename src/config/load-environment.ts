import { validateSync } from 'class-validator';
import type { Declaration } from './declaration.js';
import { DECLARATIONS, Environment } from './environment.js';
import { HIDDEN, shown, type ConfigFault } from './fault.js';
import { givenTexts, type GivenText, type Overrides } from './given-texts.js';
import { serviceLinkRemedy } from './kubernetes.js';
import { exchangeRules } from './rules/exchange.rules.js';
import { productionRules } from './rules/production.rules.js';
import { redisRules } from './rules/redis.rules.js';
import type { Rule } from './rules/rule.js';
import { signingRules } from './rules/signing.rules.js';
import { thresholdRules } from './rules/threshold.rules.js';
import { readSymbolFiles } from './symbols/read-symbol-file.js';
import { unknownVariables } from './unknown-variables.js';

/** What several variables must fulfil together, in the order of the documentation page. */
export const RULES: readonly Rule[] = [
  ...thresholdRules,
  ...redisRules,
  ...exchangeRules,
  ...signingRules,
  ...productionRules,
];

export type LoadedEnvironment = { readonly environment: Environment } | { readonly faults: readonly ConfigFault[] };

/**
 * Reads and checks the configuration. Reads secret files, key files and the YAML files it names, and nothing else: a `.env` file is
 * the caller's to merge into `source`. All faults are found in one go; a fault never holds a secret.
 */
export function loadEnvironment(source: NodeJS.ProcessEnv, overrides: Overrides = {}): LoadedEnvironment {
  const environment = new Environment();
  const { texts, faulty, faults } = givenTexts(DECLARATIONS, source, overrides);
  for (const declaration of assign(environment, texts)) {
    const given = texts.get(declaration.variable);
    if (given !== undefined) faults.push(wrongValue(declaration, given));
    faulty.add(declaration.property);
  }
  faults.push(...unknownVariables(DECLARATIONS, source));
  Reflect.set(environment, 'given', new Set(texts.keys()));
  faults.push(...wrongDefaults(environment, texts, faulty));

  for (const { reads, faults: check } of RULES) {
    if (!reads.some((property) => faulty.has(property)))
      faults.push(...check(environment).filter((each) => each !== false));
  }
  const { file, faults: fileFaults } = readSymbolFiles(environment.configDir, texts.has('CONFIG_DIR'));
  faults.push(...(faulty.has('configDir') ? [] : fileFaults));
  if (faults.length > 0) return { faults };
  Reflect.set(environment, 'symbolFile', file);
  Reflect.set(environment, 'notices', notices(environment));
  return { environment };
}

/** Sets what was given and is right; answers with the declarations of what is not, whose default stays in place. */
function assign(environment: Environment, texts: ReadonlyMap<string, GivenText>): Declaration[] {
  const defaults = new Environment();
  const read = DECLARATIONS.filter(({ variable }) => texts.has(variable));
  for (const { variable, property, kind } of read) {
    Reflect.set(environment, property, kind.read(texts.get(variable)?.text ?? '') ?? null);
  }
  const refused = new Set(validateSync(environment).map(({ property }) => property));
  const wrong = read.filter(({ property }) => refused.has(property) || Reflect.get(environment, property) === null);
  for (const { property } of wrong) Reflect.set(environment, property, Reflect.get(defaults, property));
  return wrong;
}

/** Computes the defaults that depend on other values; one may be wrong, such as a host name that is no instance id. */
function wrongDefaults(
  environment: Environment,
  texts: ReadonlyMap<string, GivenText>,
  faulty: ReadonlySet<string>,
): ConfigFault[] {
  const faults: ConfigFault[] = [];
  for (const { variable, property, kind, derived } of DECLARATIONS) {
    if (derived === undefined || texts.has(variable) || faulty.has(property)) continue;
    const value = derived.from(environment);
    Reflect.set(environment, property, value);
    if (typeof value === 'string' && kind.read(value) === undefined) {
      faults.push({ variable, given: `${shown(value)} (default: ${derived.says})`, allowed: kind.allowed });
    }
  }
  return faults;
}

function wrongValue({ variable, kind }: Declaration, { text, origin }: GivenText): ConfigFault {
  const given = text === '' ? 'an empty value' : kind.secret === true ? HIDDEN : shown(text);
  const remedy =
    text === '' ? 'Remove the variable to use its default, or give a value.' : serviceLinkRemedy(variable, text);
  const fault = { variable: origin, given, allowed: kind.allowed };
  return remedy === undefined ? fault : { ...fault, remedy };
}

function notices({ symbolFile, symbols, applyAllowlist, p33Allowlist }: Environment): string[] {
  const known = new Set([...symbols, ...applyAllowlist, ...p33Allowlist]);
  return [...symbolFile.symbols.keys()]
    .filter((symbol) => !known.has(symbol))
    .map((symbol) => `The YAML files have values for ${symbol}, which SYMBOLS and the allowlists do not name.`);
}
