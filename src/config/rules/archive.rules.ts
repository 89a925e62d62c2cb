import { fault, NOT_SET } from '../fault.js';
import { rule } from './rule.js';

export const archiveRules = [
  rule(
    '`ARCHIVE_TO=files` needs `ARCHIVE_DIR`, `ARCHIVE_TO=postgres` needs `ARCHIVE_POSTGRES_URL`; neither is set for another archive.',
    ['archiveTo', 'archiveDir', 'archivePostgresUrl'],
    ({ given, archiveTo }) =>
      (
        [
          ['files', 'ARCHIVE_DIR'],
          ['postgres', 'ARCHIVE_POSTGRES_URL'],
        ] as const
      ).map(([kind, name]) => {
        const isNeeded = archiveTo === kind;
        if (isNeeded === given.has(name)) return true;
        return isNeeded
          ? fault(name, NOT_SET, `a value, because ARCHIVE_TO=${kind}`)
          : fault(name, 'a value', `nothing, because ARCHIVE_TO=${archiveTo}`, `Set ARCHIVE_TO=${kind}, or remove it.`);
      }),
  ),
];
