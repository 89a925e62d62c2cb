import { parseDecimal, toPlainString } from '../../flow/0-decimal.js';
import { parseValues, type VariableName } from '../values.js';

const QUOTED = /^(?<quote>["'])(?<inside>.*)\k<quote>$/;
const INLINE_COMMENT = /\s+#.*$/;
const WORDS: Readonly<Record<string, string>> = {
  yes: 'true',
  on: 'true',
  no: 'false',
  off: 'false',
  warning: 'warn',
  critical: 'fatal',
};

/** What was probably meant by a value that is not allowed: without quotes and comments, in lower case, as a plain number. */
export function suggestedValue(name: VariableName, text: string): string | undefined {
  const bare = text.trim().replace(INLINE_COMMENT, '');
  const unquoted = QUOTED.exec(bare)?.groups?.['inside']?.trim() ?? bare;
  const lower = unquoted.toLowerCase();
  const candidates = [unquoted, lower, WORDS[lower], plainNumber(unquoted)];
  return candidates.find((candidate) => candidate !== undefined && candidate !== text && isAllowed(name, candidate));
}

function isAllowed(name: VariableName, text: string): boolean {
  return parseValues(new Map([[name, text]])).refused.length === 0;
}

/** `60.0`, `5e3`, `5_000` and `.5` as other languages write numbers. */
function plainNumber(text: string): string | undefined {
  const number = parseDecimal(text.replaceAll(/(?<=\d)_(?=\d)/g, ''));
  return number === undefined ? undefined : toPlainString(number);
}
