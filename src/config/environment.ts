import { inspect } from 'node:util';
import { declarationsOf, type Declaration } from './declaration.js';
import { HIDDEN, NOT_SET } from './fault.js';
import { ISSUER_ROLES, PERMIT_ISSUERS, type PermitIssuer, type Role } from './roles.js';
import { signingKeyPaths } from './signing-keys.js';
import type { SymbolFile } from './symbols/symbol-values.js';
import { AccessVariables } from './variables/access.js';

type Shown = string | number | boolean | readonly string[] | null;

/**
 * The configuration of this process: one property per variable, named after it (`P33_POLL_SEC` is `p33PollSec`), typed
 * and checked. Made by `loadEnvironment`; injected by its class. Printing it shows no secret.
 */
export class Environment extends AccessVariables {
  /** Names of the variables that were set, as opposed to left at their default. */
  readonly given: ReadonlySet<string> = new Set();

  /** What the YAML files say per symbol; read through `SymbolSettings`. */
  readonly symbolFile: SymbolFile = { defaults: {}, symbols: new Map() };

  /** What is allowed and yet probably not meant, in sentences for the log. */
  readonly notices: readonly string[] = [];

  hasRole(role: Role): boolean {
    return this.roles.has(role);
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

  toJSON(): Record<string, Shown> {
    return redactedConfiguration(this);
  }

  [inspect.custom](): Record<string, Shown> {
    return redactedConfiguration(this);
  }
}

/** Every declared variable in the order of the page; derived, never listed a second time. */
export const DECLARATIONS: readonly Declaration[] = declarationsOf(Environment.prototype);

/** The effective values by variable name, fit for logs and answers: a secret is only said to be set or not. */
export function redactedConfiguration(environment: Environment): Record<string, Shown> {
  const shown: Record<string, Shown> = {};
  for (const { variable, property, kind } of DECLARATIONS) {
    const value: unknown = Reflect.get(environment, property);
    shown[variable] = kind.secret === true ? (value === undefined ? `[${NOT_SET}]` : HIDDEN) : plainValue(value);
  }
  return shown;
}

function plainValue(value: unknown): Shown {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value) || value instanceof Set) return Array.from(value, String);
  return null;
}
