import { DerivedDefault } from '../../src/config/derived-defaults.js';
import { RULES } from '../../src/config/rules/rules.js';
import { SYMBOL_FIELDS } from '../../src/config/symbols/symbol-values.js';
import { COMMAND_LINE_VARIABLES, OWN_PREFIXES } from '../../src/config/unknown-variables.js';
import { declared, type DeclaredVariable } from '../../src/config/values.js';
import { fileVariable } from '../../src/config/variable.js';
import { SECTIONS } from '../../src/config/variables.js';
import { generatedFrom, table } from './table.js';

type TableSection = (typeof SECTIONS)[number];

/** The text of `docs/configuration.md`, from the table of variables alone. */
export function renderConfigurationPage(): string {
  return `${[PREFACE, ...SECTIONS.flatMap(pageSection), rules(), perSymbol()].join('\n\n')}\n`;
}

/** The text of `.env.example`: every variable as a comment, at its default. */
export function renderEnvExample(): string {
  const head = [
    '# Every variable of permit-gate, at its default. Copy to .env and remove the # of what you change.',
    '# A variable of the process environment goes before this file. Details: docs/configuration.md',
  ];
  const body = SECTIONS.flatMap(({ title, rows }) => [
    '',
    `# --- ${title} ---`,
    ...declared(rows).flatMap(exampleLines),
  ]);
  return `${[...head, ...body].join('\n')}\n`;
}

const PREFACE = `# Configuration

${generatedFrom('src/config')}

permit-gate is configured by environment variables. A file \`.env\` in the working directory is read too; a variable of the
process environment takes precedence over it. Everything is checked before anything starts: all faults are listed together, each with
the variable, the value that was given and what is allowed, and the process exits with code 78.

- **Empty is not unset.** A variable that is set to nothing is a fault; remove it to use the default.
- **Secrets from files.** In place of a variable marked *secret*, \`<NAME>_FILE\` may name a file that holds it (line breaks at
  its end are dropped). A file that is missing, unreadable or empty is a fault. Setting both is a fault too.
- **Typing mistakes.** An unknown variable that begins with ${list(OWN_PREFIXES)} is a
  fault: it may have been meant as a limit. ${list(COMMAND_LINE_VARIABLES)} belong to the command line and are ignored, as are all
  variables with other names.
- **Settings of the services before** are named with what to write instead, at the start and by \`doctor --from-env\`
  ([the list](previous-settings.md)).
- **Numbers** are plain decimals: no exponent, no plus sign, nothing before or after. Words are written exactly as shown here.
- **Kubernetes** sets \`REDIS_PORT=tcp://…\` in every pod for a Service named \`redis\`. That is a fault whose message names the cause: set
  \`enableServiceLinks: false\` in the pod spec, rename the Service, or set \`REDIS_URL\`. With \`REDIS_URL\`, \`REDIS_SENTINELS\` or
  \`REDIS_CLUSTER_NODES\` it does no harm and is ignored. \`REDIS_SERVICE_HOST\` and the like are always ignored.`;

function pageSection({ title, intro, rows }: TableSection): string[] {
  const cells = declared(rows).map((row) => {
    const { name, parser, fallback } = row;
    const secret = parser.secret === true ? ' *Secret.*' : '';
    return [`\`${name}\``, defaultText(fallback), parser.allowed, meaningText(row) + secret];
  });
  return [`## ${title}`, intro, table(['variable', 'default', 'allowed', 'meaning'], cells)];
}

function defaultText(fallback: unknown): string {
  if (fallback instanceof DerivedDefault) return fallback.description;
  return fallback === undefined ? '–' : `\`${valueText(fallback)}\``;
}

function meaningText({ meaning, perSymbol: field }: DeclaredVariable): string {
  return field === undefined ? meaning : `${meaning} Per symbol: \`${field}\`.`;
}

function exampleLines(row: DeclaredVariable): string[] {
  const { name, parser, fallback } = row;
  const isDerived = fallback instanceof DerivedDefault;
  const derived = isDerived ? ` Default: ${fallback.description}.` : '';
  const file = parser.secret === true ? ` Or ${fileVariable(name)}=/path of a file that holds it.` : '';
  const value = isDerived || fallback === undefined ? '' : valueText(fallback);
  return ['', `# ${meaningText(row)}${derived}`, `# Allowed: ${parser.allowed}.${file}`, `# ${name}=${value}`];
}

/** A value as one would write it into the environment. */
function valueText(value: unknown): string {
  return Array.isArray(value) || value instanceof Set ? Array.from(value, String).join(',') : String(value);
}

function rules(): string {
  const intro =
    'Checked after the values themselves. A rule is skipped while one of its variables has a fault of its own.';
  return ['## Rules between variables', '', intro, '', ...RULES.map(({ description }) => `- ${description}`)].join(
    '\n',
  );
}

function perSymbol(): string {
  const rows = Array.from(SYMBOL_FIELDS, ([field, { name, parser }]) => [
    `\`${field}\``,
    `\`${name}\``,
    parser.allowed,
  ]);
  return `## Values per symbol

Every \`*.yaml\` and \`*.yml\` in \`CONFIG_DIR\` may hold values for all symbols (\`defaults\`) and for single ones (\`symbols\`). They obey
the rules of the variables they stand for; a fault names the file and the place in it. A variable that is set goes before the
files, a variable left at its default does not. Values for a symbol that is in no list are allowed and logged at start.

${table(['field', 'variable', 'allowed'], rows)}

\`\`\`yaml
defaults:
  maxExecPerHour: 6
symbols:
  BTCUSDT:
    maxReduceQtyPerDay: 0.5
    cooldownSec: 30
\`\`\``;
}

function list(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(' ');
}
