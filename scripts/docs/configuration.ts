import { fileVariable, type Declaration, type Section } from '../../src/config/declaration.js';
import { DECLARATIONS, Environment } from '../../src/config/environment.js';
import { RULES } from '../../src/config/load-environment.js';
import { SYMBOL_FIELDS } from '../../src/config/symbols/symbol-values.js';
import { COMMAND_LINE_VARIABLES, OWN_PREFIXES } from '../../src/config/unknown-variables.js';
import { generatedFrom, row } from './table.js';

const DEFAULTS = new Environment();

/** The text of `docs/configuration.md`, from the declarations alone. */
export function renderConfigurationPage(): string {
  return `${[PREFACE, ...sections().flatMap(pageSection), rules(), perSymbol()].join('\n\n')}\n`;
}

/** The text of `.env.example`: every variable as a comment, at its default. */
export function renderEnvExample(): string {
  const head = [
    '# Every variable of permit-gate, at its default. Copy to .env and take away the # of what you change.',
    '# A variable of the process environment goes before this file. The whole story: docs/configuration.md',
  ];
  const body = sections().flatMap(({ title, members }) => ['', `# --- ${title} ---`, ...members.flatMap(exampleLines)]);
  return `${[...head, ...body].join('\n')}\n`;
}

interface RenderedSection extends Section {
  readonly members: readonly Declaration[];
}

const PREFACE = `# Configuration

${generatedFrom('src/config')}

permit-gate is configured by environment variables. A file \`.env\` in the working directory is read too; a variable of the
process environment goes before it. Everything is checked before anything starts: all faults are listed together, each with
the variable, what was given and what is allowed, and the process exits with code 78.

- **Empty is not unset.** A variable that is set to nothing is a fault; remove it to use the default.
- **Secrets from files.** In place of a variable marked *secret*, \`<NAME>_FILE\` may name a file that holds it (line breaks at
  its end are dropped). A file that is missing, unreadable or empty is a fault, and so are both at once.
- **Typing mistakes.** An unknown variable that begins with ${list(OWN_PREFIXES)} is a
  fault: it might have been meant as a limit. ${list(COMMAND_LINE_VARIABLES)} belong to the command line and are left alone, as is everything else.
- **Numbers** are plain decimals: no exponent, no sign but a minus, nothing before or after. Words are written as shown here.
- **Kubernetes** sets \`REDIS_PORT=tcp://…\` in every pod for a Service named \`redis\`. That is a fault which says so: set
  \`enableServiceLinks: false\` in the pod spec, rename the Service, or set \`REDIS_URL\`. With \`REDIS_URL\`, \`REDIS_SENTINELS\` or
  \`REDIS_CLUSTER_NODES\` set it does no harm and is left alone. \`REDIS_SERVICE_HOST\` and its like always are.`;

function sections(): RenderedSection[] {
  const membersOf = new Map<Section, Declaration[]>();
  for (const declaration of DECLARATIONS) {
    membersOf.set(declaration.section, [...(membersOf.get(declaration.section) ?? []), declaration]);
  }
  return Array.from(membersOf, ([section, members]) => ({ ...section, members }));
}

function pageSection({ title, intro, members }: RenderedSection): string[] {
  const rows = members.map((declaration) => {
    const { variable, kind, meaning } = declaration;
    const secret = kind.secret === true ? ' *Secret.*' : '';
    return row([`\`${variable}\``, defaultText(declaration), kind.allowed, meaning + secret]);
  });
  return [
    `## ${title}`,
    intro,
    [row(['variable', 'default', 'allowed', 'meaning']), '|---|---|---|---|', ...rows].join('\n'),
  ];
}

function defaultText({ property, derived }: Declaration): string {
  const text = valueText(property);
  return derived?.says ?? (text === '' ? '–' : `\`${text}\``);
}

function exampleLines({ variable, property, kind, meaning, derived }: Declaration): string[] {
  const says = derived === undefined ? '' : ` Default: ${derived.says}.`;
  const file = kind.secret === true ? ` Or ${fileVariable(variable)}=/path of a file that holds it.` : '';
  const value = derived === undefined ? valueText(property) : '';
  return ['', `# ${meaning}${says}`, `# Allowed: ${kind.allowed}.${file}`, `# ${variable}=${value}`];
}

/** A default as one would write it into the environment; empty where there is none. */
function valueText(property: string): string {
  const value: unknown = Reflect.get(DEFAULTS, property);
  if (Array.isArray(value) || value instanceof Set) return Array.from(value, String).join(',');
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

function rules(): string {
  const intro =
    'Checked besides the values themselves; a rule waits while one of its variables has a fault of its own.';
  return ['## Rules between variables', '', intro, '', ...RULES.map(({ says }) => `- ${says}`)].join('\n');
}

function perSymbol(): string {
  const rows = Array.from(SYMBOL_FIELDS, ([field, { variable, kind }]) =>
    row([`\`${field}\``, `\`${variable}\``, kind.allowed]),
  );
  return `## Values per symbol

Every \`*.yaml\` and \`*.yml\` in \`CONFIG_DIR\` may hold values for all symbols (\`defaults\`) and for single ones (\`symbols\`). They obey
the rules of the variables they stand for; a fault names the file and the place in it. A variable that is set goes before the
files, a variable left at its default does not. Values for a symbol that nothing names are allowed and logged at start.

| field | variable | allowed |
|---|---|---|
${rows.join('\n')}

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
