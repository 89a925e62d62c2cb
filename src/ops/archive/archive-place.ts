import type { Environment } from '../../config/environment.js';
import { placeOf } from './postgres-connection.js';

/** For people: the folder, or the database without its login; `""` for no archive. */
export function configuredPlace({ archiveDir, archivePostgresUrl }: Environment): string {
  return archivePostgresUrl === undefined ? (archiveDir ?? '') : placeOf(archivePostgresUrl);
}
