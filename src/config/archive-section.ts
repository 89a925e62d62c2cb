import { postgresUrl } from './value-parsers/postgres.js';
import { whole } from './value-parsers/numbers.js';
import { oneOf, path } from './value-parsers/words.js';
import { NONE, section, variable } from './variable.js';

export const ARCHIVE_SECTION = section(
  'Archive',
  'Plans, verdicts, results and control changes beyond the 7 days of Redis ([how to set it up](history.md)).',
  {
    ARCHIVE_TO: variable(
      oneOf('off', 'files', 'postgres'),
      'off',
      'Where they are kept: lines of JSON in a folder, or a PostgreSQL database. One process of those that have it set writes them.',
    ),
    ARCHIVE_DIR: variable(path('a folder that this process may write'), NONE, 'The folder of `ARCHIVE_TO=files`.'),
    ARCHIVE_FILE_MB: variable(
      whole(1, 4096, 'MB'),
      64,
      'A new file begins each UTC day, and when the file of the day has this size.',
    ),
    ARCHIVE_POSTGRES_URL: variable(postgresUrl(), NONE, 'The database of `ARCHIVE_TO=postgres`.'),
  },
);
