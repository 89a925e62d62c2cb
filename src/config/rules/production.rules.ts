import { accessSync, constants, existsSync, mkdtempSync, rmdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fault, HIDDEN, NOT_SET, shown } from '../fault.js';
import { openToOthers, privateRemedy } from '../private-file.js';
import { parseRedisUrl } from '../redis-url.js';
import { ROLES } from '../roles.js';
import { rule } from './rule.js';

const STATE_DIR = 'CONTROL_STATE_DIR';
const WHILE = 'while APPLY_MODE is production';

export const productionRules = [
  rule(
    '`production` reaches Redis over TLS or a unix socket.',
    ['applyMode', 'redisTls', 'redisUrl'],
    ({ applyMode, redisTls, redisUrl }) => [
      applyMode !== 'production' ||
        redisTls ||
        parseRedisUrl(redisUrl)?.endpoint.kind === 'unix' ||
        fault(
          'REDIS_TLS',
          shown(redisTls),
          `true ${WHILE}, or a unix socket in REDIS_URL`,
          'Set REDIS_TLS=true (rediss:// in REDIS_URL), or REDIS_URL=unix:///path on one machine.',
        ),
    ],
  ),

  rule(
    '`production` has a Redis user of its own, not `default`.',
    ['applyMode', 'redisUsername', 'redisUrl'],
    ({ applyMode, redisUsername, redisUrl }) => {
      const inUrl = parseRedisUrl(redisUrl)?.username;
      const user = redisUsername ?? inUrl;
      if (applyMode !== 'production' || (user !== undefined && user !== 'default')) return [];
      const given = redisUsername !== undefined ? shown(redisUsername) : inUrl === undefined ? NOT_SET : HIDDEN;
      const remedy = 'Load docker/redis/users.acl into Redis, and name the user of this process’ role.';
      return [fault('REDIS_USERNAME', given, `the Redis user of this process’ roles ${WHILE}`, remedy)];
    },
  ),

  rule(
    '`production` has `ADMIN_TOKENS_FILE`: without tokens nobody could engage the kill switch.',
    ['applyMode', 'adminTokensFile'],
    ({ applyMode, adminTokensFile }) => [
      applyMode !== 'production' ||
        adminTokensFile !== undefined ||
        fault(
          'ADMIN_TOKENS_FILE',
          NOT_SET,
          `the path of a JSON file with tokens ${WHILE}`,
          'Make one with `permit-gate token create`.',
        ),
    ],
  ),

  rule(
    '`production` says in `ROLES` or `--roles` which roles a process runs: one process with all of them separates nothing.',
    ['applyMode', 'roles'],
    ({ applyMode, given }) => [
      applyMode !== 'production' ||
        given.has('ROLES') ||
        fault(
          'ROLES',
          NOT_SET,
          `the roles of this process ${WHILE}`,
          `Run a process for each role, with a Redis user and secrets of its own. Or say it: ROLES=${ROLES.join(',')}.`,
        ),
    ],
  ),

  rule(
    'In `production` no file that holds a secret, nor `ADMIN_TOKENS_FILE`, may be read, written or replaced by others.',
    ['applyMode', 'adminTokensFile'],
    ({ applyMode, adminTokensFile, secretFiles }) => {
      if (applyMode !== 'production') return [];
      const tokens = adminTokensFile === undefined ? [] : [['ADMIN_TOKENS_FILE', adminTokensFile] as const];
      return [...secretFiles, ...tokens].map(([variable, path]) => {
        const open = openToOthers(path);
        const allowed = `a file that only the user of this process can read and write ${WHILE}`;
        const remedy = `${privateRemedy(path)} If others could read it, make another secret.`;
        return open === undefined || fault(variable, `${shown(path)} (${open})`, allowed, remedy);
      });
    },
  ),

  rule(
    '`production` has `CONTROL_STATE_DIR`: a stop that cannot be stored must outlive the process.',
    ['applyMode', 'controlStateDir'],
    ({ applyMode, controlStateDir }) => [
      applyMode !== 'production' ||
        controlStateDir !== undefined ||
        fault(
          STATE_DIR,
          NOT_SET,
          `the path of a directory that this process may write ${WHILE}`,
          'Make a directory on a volume that outlives the process, owned by its user (in a container: a mounted volume).',
        ),
    ],
  ),

  rule(
    '`production` has `AUDIT_KEY_FILE`: without a key whoever may write to Redis can forge the audit.',
    ['applyMode', 'auditKey'],
    ({ applyMode, auditKey }) => [
      applyMode !== 'production' ||
        auditKey !== undefined ||
        fault(
          'AUDIT_KEY_FILE',
          NOT_SET,
          `the path of a file with a key of 32 to 256 characters ${WHILE}`,
          'Make one for each process: openssl rand -hex 32 > audit.key, readable by its user alone.',
        ),
    ],
  ),

  rule('`AUDIT_COPY` is `stdout` or a file that the process may append to.', ['auditCopy'], ({ auditCopy }) => {
    const trouble = auditCopy === undefined || auditCopy === 'stdout' ? undefined : whyNotAppendable(auditCopy);
    if (auditCopy === undefined || trouble === undefined) return [];
    const remedy = 'Make its directory, and let the user of this process write there.';
    return [
      fault('AUDIT_COPY', shown(auditCopy), `stdout, or a file that this process may append to; ${trouble}`, remedy),
    ];
  }),

  rule('`CONTROL_STATE_DIR` is a directory that the process may write.', ['controlStateDir'], ({ controlStateDir }) => {
    const trouble = controlStateDir === undefined ? undefined : whyNotWritable(controlStateDir);
    if (controlStateDir === undefined || trouble === undefined) return [];
    const remedy = 'Make it, or mount a volume there, and let the user of this process write it.';
    return [fault(STATE_DIR, shown(controlStateDir), `a directory that this process may write; ${trouble}`, remedy)];
  }),
];

function whyNotAppendable(file: string): string | undefined {
  try {
    // Nothing is created here: reading the configuration changes nothing.
    if (!existsSync(file)) accessSync(dirname(resolve(file)), constants.W_OK);
    else if (statSync(file).isDirectory()) return 'it is a directory';
    else accessSync(file, constants.W_OK);
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

function whyNotWritable(directory: string): string | undefined {
  try {
    if (!statSync(directory).isDirectory()) return 'it is no directory';
    // Permissions alone do not tell: the file system may be read-only.
    rmdirSync(mkdtempSync(join(directory, '.writable-')));
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}
