import { hostname } from 'node:os';
import { derivedFrom, variablesOf } from '../declaration.js';
import { oneOf, path, setOf, text } from '../kinds/words.js';
import { defaultConfigDirectory } from '../symbols/directory.js';
import { APPLY_MODES, ROLES, type ApplyMode, type Role } from '../roles.js';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const LOG_FORMATS = ['json', 'pretty'] as const;

const Process = variablesOf('Process', 'What this process is and does.');

/** Variables that concern the process as a whole. */
export class ProcessVariables {
  @Process('ROLES', setOf(ROLES), 'Which roles this process runs. `--roles=` on the command line goes before it.')
  readonly roles: ReadonlySet<Role> = new Set(ROLES);

  @Process(
    'INSTANCE_ID',
    text(/^[A-Za-z0-9._-]{1,64}$/, '1 to 64 letters (A-Z, a-z), digits, dots, underscores or dashes'),
    'Part of the consumer names: stable over restarts, unique among the live processes of a role.',
    derivedFrom('the host name', () => hostname()),
  )
  readonly instanceId: string = hostname();

  @Process(
    'APPLY_MODE',
    oneOf(APPLY_MODES),
    '`dry_run` walks the whole path without sending; `testnet` and `production` send orders to that account.',
  )
  readonly applyMode: ApplyMode = 'dry_run';

  @Process(
    'CONFIG_DIR',
    path('a directory with YAML files'),
    'Where the per-symbol values are read from: every `*.yaml` and `*.yml` in it.',
    derivedFrom(
      '`config/` in the working directory if it holds YAML files, otherwise that of the package',
      defaultConfigDirectory,
    ),
  )
  readonly configDir: string = '';

  @Process('LOG_LEVEL', oneOf(LOG_LEVELS), 'The least severe log lines that are written.')
  readonly logLevel: (typeof LOG_LEVELS)[number] = 'info';

  @Process('LOG_FORMAT', oneOf(LOG_FORMATS), 'One JSON object per line, or lines for a person at a terminal.')
  readonly logFormat: (typeof LOG_FORMATS)[number] = 'json';
}
