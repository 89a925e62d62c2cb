#!/usr/bin/env node
// @ts-check
/**
 * Makes what docker/compose.yaml needs and no repository should hold: docker/secrets with a Redis password, the ACL file
 * that knows it by its hash, and one API token per role. Leaves what is there alone: delete the folder to start anew.
 *
 *   node docker/setup.mjs [folder]
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = process.argv[2] ?? fileURLToPath(new URL('secrets', import.meta.url));
/** The users of the containers must be able to read the files; the folder keeps others on this machine out. */
const [FOLDER_MODE, FILE_MODE] = [0o700, 0o444];
const TOKENS = ['viewer', 'operator', 'admin'];

if (existsSync(folder)) {
  process.stdout.write(`${folder} is there already; nothing was changed\n`);
} else {
  mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
  const password = randomBytes(32).toString('hex');
  keep('redis_password', password);
  const template = readFileSync(new URL('redis/users.acl', import.meta.url), 'utf8');
  keep('redis_users.acl', template.replace('#PASSWORD_SHA256', `#${sha256(password)}`));
  const tokens = TOKENS.map((role) => ({ role, token: randomBytes(32).toString('base64url') }));
  for (const { role, token } of tokens) keep(`${role}.token`, token);
  const entries = tokens.map(({ role, token }) => ({ name: role, role, sha256: sha256(token) }));
  keep('admin_tokens.json', JSON.stringify(entries, null, 2));
  process.stdout.write(`${folder} made: a Redis password, its ACL file, and the tokens ${TOKENS.join(', ')}\n`);
}

/** @param {string} text */
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
