#!/usr/bin/env node
// @ts-check
/**
 * Makes what docker/compose.yaml needs and no repository should hold: docker/secrets with the password of each Redis user,
 * the ACL file that knows them by their hashes, the key that each issuer signs its permits with, the key of each role's audit, and
 * one API token per role, and the first password of Grafana.
 * Leaves what is there alone: delete the folder to start anew.
 *
 *   node docker/setup.mjs [folder]
 */
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = process.argv[2] ?? fileURLToPath(new URL('secrets', import.meta.url));
/** The users of the containers must be able to read the files; the folder keeps others on this machine out. */
const [FOLDER_MODE, FILE_MODE] = [0o700, 0o444];
/** The user of a deployment with all roles in one process; here each role has its own. */
const NOT_HERE = 'permit-gate';
const TOKENS = ['viewer', 'operator', 'admin'];
const ISSUERS = ['governor', 'p33'];
const ROLES = ['apply', 'position-brain', 'governor'];

if (existsSync(folder)) {
  process.stdout.write(`${folder} is there already; nothing was changed\n`);
} else {
  mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
  const template = readFileSync(new URL('redis/users.acl', import.meta.url), 'utf8')
    .trim()
    .split('\n');
  const lines = template.filter((line) => !line.startsWith(`user ${NOT_HERE} `));
  keep('redis_users.acl', lines.map((line) => withPassword(line)).join('\n'));
  for (const role of ROLES) keep(`${role}.audit-key`, randomBytes(32).toString('hex'));
  keep('grafana.password', randomBytes(16).toString('hex'));
  const tokens = TOKENS.map((role) => ({ role, token: randomBytes(32).toString('base64url') }));
  for (const { role, token } of tokens) keep(`${role}.token`, token);
  const entries = tokens.map(({ role, token }) => ({ name: role, role, sha256: sha256(token) }));
  keep('admin_tokens.json', JSON.stringify(entries, null, 2));
  keep(
    'trusted_keys.json',
    JSON.stringify(Object.fromEntries(ISSUERS.map((issuer) => [issuer, [newKey(issuer)]])), null, 2),
  );
  process.stdout.write(
    `${folder} made: the Redis users' passwords, their ACL file, the issuers' keys, the keys of the audit, the password of Grafana, and the tokens ${TOKENS.join(', ')}\n`,
  );
}

/**
 * One line of the ACL file: the placeholder becomes the hash of a new password, which is kept beside it.
 * @param {string} line
 */
function withPassword(line) {
  const [, user, placeholder] = /^user (\S+) on (#[A-Z_]+_SHA256) /.exec(line) ?? [];
  if (user === undefined || placeholder === undefined) return line;
  const password = randomBytes(32).toString('hex');
  keep(`${user}.password`, password);
  return line.replace(placeholder, `#${sha256(password)}`);
}

/**
 * Keeps a private key for an issuer; answers with the entry by which Apply trusts it, as `permit-gate keys generate` writes it.
 * @param {string} issuer
 */
function newKey(issuer) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  keep(`${issuer}.key`, privateKey.export({ format: 'pem', type: 'pkcs8' }).toString().trim());
  const der = publicKey.export({ format: 'der', type: 'spki' });
  return { kid: sha256(der).slice(0, 16), public_key: der.toString('base64'), created_at: new Date().toISOString() };
}

/** @param {string | Buffer} text */
function sha256(text) {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * @param {string} name
 * @param {string} text
 */
function keep(name, text) {
  writeFileSync(join(folder, name), `${text}\n`, { mode: FILE_MODE });
}
