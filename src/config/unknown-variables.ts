import { fileVariable, type Declaration } from './declaration.js';
import { HIDDEN, shown, type ConfigFault } from './fault.js';
import { serviceLinkRemedy } from './kubernetes.js';
import { nearest } from './suggestion.js';

/** Names that begin so are ours: one we do not know is a typing mistake, and may have switched a limit off. */
export const OWN_PREFIXES = ['APPLY_', 'P33_', 'GOV_', 'EXCHANGE_', 'ADMIN_', 'PERMIT_', 'BINANCE_'] as const;

/** The command line's own variables (address and token of a running deployment); `serve` has no use for them. */
export const COMMAND_LINE_VARIABLES = ['PERMIT_GATE_URL', 'PERMIT_GATE_TOKEN'];

const MAY_BE_SECRET = /^(?:BINANCE|ADMIN|PERMIT)_|KEY|SECRET|PASS|TOKEN/;

/** One fault for each variable with a prefix of ours that does not exist. */
export function unknownVariables(declarations: readonly Declaration[], source: NodeJS.ProcessEnv): ConfigFault[] {
  const known = new Set(COMMAND_LINE_VARIABLES);
  for (const { variable, kind } of declarations) {
    known.add(variable);
    if (kind.secret === true) known.add(fileVariable(variable));
  }
  return Object.entries(source)
    .filter(
      ([name, text]) => text !== undefined && !known.has(name) && OWN_PREFIXES.some((own) => name.startsWith(own)),
    )
    .map(([name, text = '']) => unknown(name, text, known));
}

function unknown(name: string, text: string, known: ReadonlySet<string>): ConfigFault {
  const suggestion = nearest(name, known);
  const meant =
    suggestion === undefined ? 'Remove it; docs/configuration.md lists what there is.' : `Did you mean ${suggestion}?`;
  return {
    variable: shown(name).slice(1, -1),
    given: MAY_BE_SECRET.test(name) ? HIDDEN : shown(text),
    allowed: `no unknown variable that begins with ${OWN_PREFIXES.join(' ')}`,
    remedy: serviceLinkRemedy(name, text) ?? meant,
  };
}
