import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Environment } from './environment.js';
import { declared, type VariableName } from './values.js';
import { SECTIONS } from './variables.js';

/** What processes of one deployment may set differently: who they are, how they reach the others, where their files are. */
const OF_PROCESS: ReadonlySet<VariableName> = new Set<VariableName>([
  'ROLES',
  'INSTANCE_ID',
  'CONFIG_DIR',
  'CONTROL_STATE_DIR',
  'LOG_LEVEL',
  'LOG_FORMAT',
  'REDIS_HOST',
  'REDIS_PORT',
  'REDIS_DB',
  'REDIS_USERNAME',
  'REDIS_TLS',
  'REDIS_TLS_SERVERNAME',
  'REDIS_SENTINELS',
  'REDIS_SENTINEL_NAME',
  'REDIS_SENTINEL_USERNAME',
  'REDIS_SENTINEL_TLS',
  'REDIS_CLUSTER_NODES',
  'REDIS_OPERATOR_USERNAME',
  'APPLY_KILL_SWITCH',
  'APPLY_METRICS_PORT',
  'P33_METRICS_PORT',
  'GOV_METRICS_PORT',
  'EXCHANGE_REST_URL',
  'EXCHANGE_WS_URL',
  'HTTP_HOST',
  'HTTP_PORT',
  'ADMIN_TOKENS_FILE',
  'AUDIT_COPY',
  'PERMIT_SIGNING_KEY_FILE',
  'PERMIT_TRUSTED_KEYS_FILE',
  'NOTIFY_TELEGRAM_CHAT',
  'NOTIFY_EMAIL_FROM',
  'NOTIFY_EMAIL_TO',
  'NOTIFY_EVERY_SEC',
  'NOTIFY_NO_PLAN_MIN',
  'NOTIFY_REMIND_MIN',
  'NOTIFY_QUIET_HOURS',
  'ARCHIVE_TO',
  'ARCHIVE_DIR',
  'ARCHIVE_FILE_MB',
]);

/** What every process of a deployment must have the same of: one digest for all of it, and one for each part. */
export interface ConfigurationDigest {
  readonly digest: string;
  /** By the title of the section in docs/configuration.md; `Symbols` are the values per symbol. */
  readonly parts: Readonly<Record<string, string>>;
}

/** Contains no secret, and nothing that may differ between the processes of one deployment. */
export function configurationDigest(environment: Environment): ConfigurationDigest {
  const sections = SECTIONS.map(({ title, rows }) => {
    const shared = declared(rows).filter(({ name, parser }) => parser.secret !== true && !OF_PROCESS.has(name));
    return [
      title,
      Object.fromEntries(shared.map(({ name, property }) => [name, plain(environment[property])])),
    ] as const;
  });
  const { defaults, symbols } = environment.symbolFile;
  const all = [
    ...sections.filter(([, values]) => Object.keys(values).length > 0),
    ['Symbols', { defaults, symbols: Object.fromEntries(symbols) }] as const,
  ];
  const parts = Object.fromEntries(all.map(([title, values]) => [title, hashOf(values)]));
  return { digest: hashOf(parts), parts };
}

/** The order of a list decides nothing. */
function plain(value: unknown): unknown {
  if (Array.isArray(value) || value instanceof Set) return Array.from(value, String).toSorted();
  return value ?? null;
}

const hashOf = (value: object): string =>
  createHash('sha256')
    .update(canonicalize(value) ?? '')
    .digest('hex')
    .slice(0, 8);
