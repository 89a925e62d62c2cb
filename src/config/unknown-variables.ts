import { fault, HIDDEN, shown, shownBare, type ConfigFault } from './fault.js';
import { serviceLinkRemedy } from './kubernetes.js';
import { previousName } from './previous/previous-settings.js';
import { remedyFor } from './previous/remedy.js';
import { nearest } from './suggestion.js';
import { VARIABLES } from './values.js';
import { fileVariable } from './variable.js';

/** An unknown name with such a prefix is a typing mistake, and may have disabled a limit. */
export const OWN_PREFIXES = [
  'APPLY_',
  'P33_',
  'GOV_',
  'EXCHANGE_',
  'ADMIN_',
  'PERMIT_',
  'BINANCE_',
  'NOTIFY_',
  'CELLS_',
  'CONTROL_',
  'AUDIT_',
  'ARCHIVE_',
] as const;

/** The command line's own variables (addresses and token of a running deployment); `serve` does not use them. */
export const COMMAND_LINE_VARIABLES = ['PERMIT_GATE_URL', 'PERMIT_GATE_URLS', 'PERMIT_GATE_TOKEN'];

/** systemd sets it for each service of Type=notify. */
const SYSTEMDS = 'NOTIFY_SOCKET';

const KNOWN: ReadonlySet<string> = new Set([
  ...COMMAND_LINE_VARIABLES,
  ...VARIABLES.flatMap(({ name, parser }) => (parser.secret === true ? [name, fileVariable(name)] : [name])),
]);
const MAY_BE_SECRET = /^(?:BINANCE|ADMIN|PERMIT|NOTIFY|ARCHIVE|AUDIT)_|KEY|SECRET|PASS|TOKEN/;

/** The value of a variable that is not in the table, as a message may show it. */
export function shownUnknown(name: string, text: string): string {
  return MAY_BE_SECRET.test(name.toUpperCase()) ? HIDDEN : shown(text);
}

export const isOwnName = (name: string): boolean => OWN_PREFIXES.some((own) => name.startsWith(own));

/** One fault for each variable with one of our prefixes that does not exist. */
export function unknownVariables(source: NodeJS.ProcessEnv): ConfigFault[] {
  return Object.entries(source).flatMap(([name, text]) =>
    text === undefined || KNOWN.has(name) || name === SYSTEMDS || !isOwnName(name) ? [] : [unknown(name, text)],
  );
}

function unknown(name: string, text: string): ConfigFault {
  const previous = previousName(name);
  const suggestion = nearest(name, KNOWN);
  return fault(
    shownBare(name),
    shownUnknown(name, text),
    `no unknown variable that begins with ${OWN_PREFIXES.join(' ')}`,
    serviceLinkRemedy(name, text) ??
      (previous !== undefined
        ? remedyFor(previous, text)
        : suggestion === undefined
          ? 'Remove it; docs/configuration.md lists all variables.'
          : `Did you mean ${suggestion}?`),
  );
}
