import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Environment } from '../../config/environment.js';
import { ARCHIVE_LATE_MS } from '../../gates/why/attention.js';
import { ArchiveUnavailable } from '../../ops/archive/archived-entry.js';
import { isCode, OWNER } from '../../ops/archive/archive-folder.js';
import { PostgresConnection } from '../../ops/archive/postgres-connection.js';
import { migrationState } from '../../ops/archive/postgres-migrations.js';
import { readArchiveState } from '../../redis/stores/archive-state.js';
import type { RedisSession } from '../redis-session.js';
import { type Finding, note, ok, problem } from './finding.js';

/** Whether the archive can be written by this process. Writes nothing, and makes no table. */
export async function checkArchive(environment: Environment): Promise<Finding[]> {
  const { archiveTo, archiveDir = '', archivePostgresUrl = '', redisKeyPrefix } = environment;
  if (archiveTo === 'files') return [await folder(archiveDir, redisKeyPrefix)];
  return archiveTo === 'postgres' ? database(archivePostgresUrl) : [];
}

async function folder(path: string, deployment: string): Promise<Finding> {
  const check = 'archive: folder';
  try {
    const existing = await nearest(path);
    await access(existing, constants.R_OK | constants.W_OK | constants.X_OK);
    if (existing !== path) return ok(check, `${path} is made at the first write, in ${existing}`);
    const owner = await ownerOf(path);
    if (owner !== '' && owner !== deployment)
      return problem(
        'fault',
        check,
        `${path} is the archive of the deployment ${owner}, and this one is ${deployment}`,
        'Give each deployment an ARCHIVE_DIR of its own.',
      );
    return ok(check, `${path} can be read and written`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return problem(
      'fault',
      check,
      `${path} cannot be written by this user: ${why}`,
      'Correct ARCHIVE_DIR, or give the folder to the user of the process. Plans do not wait for it.',
    );
  }
}

/** The folder itself, or the one that it would be made in. */
async function nearest(path: string): Promise<string> {
  try {
    if (!(await stat(path)).isDirectory()) throw new Error(`${path} is no folder`);
    return path;
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
    return nearest(dirname(path));
  }
}

async function ownerOf(path: string): Promise<string> {
  try {
    return (await readFile(join(path, OWNER), 'utf8')).trim();
  } catch (error) {
    if (isCode(error, 'ENOENT')) return '';
    throw error;
  }
}

async function database(url: string): Promise<Finding[]> {
  const connection = new PostgresConnection(url, false);
  const { place } = connection;
  try {
    const { encoding, applied, known, mayWrite } = await connection.run(migrationState);
    const reached = ok('archive: database', `${place} answers`);
    if (encoding !== 'UTF8')
      return [
        reached,
        problem('fault', 'archive: encoding', encoding, "Make a database with ENCODING 'UTF8' (docs/history.md)."),
      ];
    const check = 'archive: tables';
    const found = `${applied} of ${known} migrations applied`;
    if (!mayWrite)
      return [
        reached,
        problem(
          'fault',
          check,
          `${found}, and this user may not ${applied === 0 ? 'make tables' : 'read and write all of them'}`,
          applied === 0
            ? 'Start one process with the owner of the database, or grant CREATE on the schema.'
            : 'GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO this user.',
        ),
      ];
    return [reached, applied === known ? ok(check, found) : note(check, `${found}; the next start applies the rest`)];
  } catch (error) {
    if (!(error instanceof ArchiveUnavailable)) throw error;
    return [
      problem(
        'unreachable',
        'archive: database',
        error.message,
        'Check that it runs, and ARCHIVE_POSTGRES_URL. Plans do not wait for it.',
      ),
    ];
  } finally {
    await connection.close();
  }
}

/** Who writes it, and how far it is behind: Redis knows. */
export async function archiveProgress(
  { commands, keys }: RedisSession,
  { archiveTo }: Environment,
): Promise<Finding[]> {
  if (archiveTo === 'off') return [];
  const check = 'archive: progress';
  const { nowMs, leader, streams } = await readArchiveState(commands, keys);
  const all = Object.values(streams);
  const sum = (of: 'unread' | 'missed'): number => all.reduce((total, stream) => total + stream[of], 0);
  const behindMs = nowMs - Math.min(nowMs, ...all.flatMap(({ oldestMs }) => oldestMs ?? []));
  const by = leader === '' ? 'no process writes it' : `written by ${leader}`;
  const waiting =
    sum('unread') === 0
      ? 'nothing waits'
      : `${sum('unread')} entries wait, the oldest for ${Math.round(behindMs / 1_000)} s`;
  const missed = sum('missed') === 0 ? '' : `; ${sum('missed')} entries were trimmed before it had them`;
  const found = `${by}, ${waiting}${missed}`;
  if (leader === '') return [note(check, `${found}; a process that starts takes it over`)];
  if (behindMs < ARCHIVE_LATE_MS) return [ok(check, found)];
  return [problem('warning', check, found, 'permit-gate archive status says why.')];
}
