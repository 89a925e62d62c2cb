import { inspect, isDeepStrictEqual } from 'node:util';
import { Redaction } from '../flow/0-outside-text.js';
import { DerivedDefault } from './derived-defaults.js';
import { exchangeAccount, type ExchangeAccount } from './exchange-base.js';
import { HIDDEN, NOT_SET } from './fault.js';
import type { Notice } from './previous/notices.js';
import { parseRedisUrl } from './redis-url.js';
import { ISSUER_ROLES, PERMIT_ISSUERS, type PermitIssuer, type Role } from './roles.js';
import { signingKeyPaths } from './signing-keys.js';
import type { SymbolFile } from './symbols/symbol-values.js';
import { CheckedValues, VARIABLES, withDefaults, type VariableName } from './values.js';
import { SECTIONS } from './variables.js';

type Shown = string | number | boolean | readonly string[] | null;

/**
 * The configuration of this process: one typed property per variable of the table in `variables.ts`, named after it
 * (`P33_POLL_SEC` is `p33PollSec`). Made by `loadEnvironment`; injected by its class. Printing it shows no secret.
 */
export class Environment extends CheckedValues {
  constructor(
    values = withDefaults({}),
    /** Names of the variables that were set explicitly. */
    readonly given: ReadonlySet<VariableName> = new Set(),
    /** The values of the YAML files per symbol; read through `SymbolSettings`. */
    readonly symbolFile: SymbolFile = { defaults: {}, symbols: new Map() },
    /** The files that secrets came from, by variable (`REDIS_PASSWORD_FILE`). */
    readonly secretFiles: ReadonlyMap<string, string> = new Map(),
    /** What was noticed about variables of the services that this program replaces. */
    private readonly previous: readonly Notice[] = [],
  ) {
    super(values);
  }

  hasRole(role: Role): boolean {
    return this.roles.has(role);
  }

  /** Whose account is read and traded. */
  get exchangeAccount(): ExchangeAccount {
    return exchangeAccount(this);
  }

  /** The key in use, or `undefined` when a dry run or a Governor has none. */
  get exchangeApiKey(): string | undefined {
    return this.exchangeAccount === 'production' ? this.binanceApiKey : this.binanceTestnetApiKey;
  }

  /** The secret that belongs to {@link exchangeApiKey}. */
  get exchangeApiSecret(): string | undefined {
    return this.exchangeAccount === 'production' ? this.binanceApiSecret : this.binanceTestnetApiSecret;
  }

  /** The file with an issuer's private key; `undefined` while its role is off or no file is named for it. */
  signingKeyFile(issuer: PermitIssuer): string | undefined {
    if (!this.hasRole(ISSUER_ROLES[issuer]) || this.permitSigningKeyFile === undefined) return undefined;
    const paths = signingKeyPaths(this.permitSigningKeyFile);
    return typeof paths === 'string' ? paths : paths?.get(issuer);
  }

  /** The issuers whose roles this process runs. */
  get issuers(): PermitIssuer[] {
    return PERMIT_ISSUERS.filter((issuer) => this.hasRole(ISSUER_ROLES[issuer]));
  }

  /** Settings that are allowed but probably a mistake. */
  get notices(): readonly Notice[] {
    const known = new Set([...this.symbols, ...this.applyAllowlist, ...this.p33Allowlist]);
    const unused = [...this.symbolFile.symbols.keys()].filter((symbol) => !known.has(symbol));
    const unusedSymbols = unused.map((symbol) => ({
      text: `The YAML files have values for ${symbol}, which SYMBOLS and the allowlists do not name.`,
      remedy: 'Remove it, or add the symbol.',
    }));
    return [...unusedSymbols, ...this.previous];
  }

  toJSON(): Record<string, Shown> {
    return redactedConfiguration(this);
  }

  [inspect.custom](): Record<string, Shown> {
    return redactedConfiguration(this);
  }
}

/** Every secret of this process, to be taken out of what it shows. */
export function redactionOf(environment: Environment): Redaction {
  const url = parseRedisUrl(environment.redisUrl);
  const values: unknown[] = VARIABLES.filter(({ name, parser }) => parser.secret === true && name !== 'REDIS_URL').map(
    ({ property }) => environment[property],
  );
  const secrets = [...values, url?.password, ...secretsOfAddresses(environment)].filter(
    (value) => typeof value === 'string',
  );
  const { redisUsername, redisOperatorUsername, redisSentinelUsername } = environment;
  // A password that is the name of its user cannot be hidden: errors name the user.
  const names = new Set([redisUsername, redisOperatorUsername, redisSentinelUsername, url?.username]);
  return new Redaction(secrets.filter((secret) => !names.has(secret)));
}

/** The parts of other addresses that an error may name alone. */
function secretsOfAddresses(environment: Environment): (string | undefined)[] {
  const { notifySlackUrl, notifyWebhookUrl, notifyPingUrl, notifySmtpUrl, archivePostgresUrl } = environment;
  const isSet = (text: string | undefined): text is string => text !== undefined;
  const hooks = [notifySlackUrl, notifyWebhookUrl, notifyPingUrl].filter(isSet).map((text) => new URL(text));
  const passwords = [notifySmtpUrl, archivePostgresUrl].filter(isSet).map((text) => new URL(text).password);
  return [
    ...hooks.flatMap(({ pathname, search }) => [pathname, search]),
    ...passwords.flatMap((password) => [password, decoded(password)]),
  ];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

/** The effective values by variable name, for logs and answers: a secret shows only whether it is set. */
export function redactedConfiguration(environment: Environment): Record<string, Shown> {
  const shown: Record<string, Shown> = {};
  for (const { name, property, parser } of VARIABLES) {
    const value: unknown = environment[property];
    shown[name] = parser.secret === true ? (value === undefined ? `[${NOT_SET}]` : HIDDEN) : plainValue(value);
  }
  return shown;
}

/** One variable as it applies, for people. */
export interface Setting {
  readonly name: string;
  /** The heading of docs/configuration.md that it stands under. */
  readonly group: string;
  readonly value: Shown;
  readonly is_default: boolean;
}

/** The effective values in the order of docs/configuration.md; secrets as in {@link redactedConfiguration}. */
export function effectiveSettings(environment: Environment): Setting[] {
  const shown = redactedConfiguration(environment);
  const groups = new Map(SECTIONS.flatMap(({ title, rows }) => Object.keys(rows).map((name) => [name, title])));
  return VARIABLES.map(({ name, property, fallback }) => {
    const byDefault: unknown = fallback instanceof DerivedDefault ? fallback.from(environment) : fallback;
    return {
      name,
      group: groups.get(name) ?? '',
      value: shown[name] ?? null,
      is_default: isDeepStrictEqual(plainValue(environment[property]), plainValue(byDefault)),
    };
  });
}

function plainValue(value: unknown): Shown {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value) || value instanceof Set) return Array.from(value, String);
  return null;
}
