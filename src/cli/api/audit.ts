import { colour, notedTable, shortened, table, wrapped } from '../terminal.js';
import { number, objects, type Schema, text, texts } from './reading.js';

const LONGEST_ACTOR = 14;
const LONGEST_ACTION = 24;
const LONGEST_TARGET = 16;
const LONGEST_CHAIN = 28;

/** `GET /audit` as a table, with outcome, reason and place of each entry below it. */
export function auditText(answer: Schema<'AuditAnswer'>): string {
  const entries = objects(answer.entries);
  if (entries.length === 0) return 'There are no such entries.';
  const rows = entries.map((entry) => ({
    cells: [
      text(entry['at']).replace(/\.\d+Z$/, 'Z'),
      shortened(text(entry['actor']), LONGEST_ACTOR),
      shortened(text(entry['action']), LONGEST_ACTION),
      shortened(text(entry['target']), LONGEST_TARGET),
    ],
    notes: [
      `${text(entry['outcome'])}: ${text(entry['reason'])}`,
      colour.dim(`${text(entry.chain)} ${text(entry['seq'])}, `) +
        (entry.proof === 'wrong' ? colour.red('not genuine') : colour.dim(text(entry.proof))),
    ],
  }));
  const listed = notedTable(['at UTC', 'actor', 'action', 'target'], rows);
  const { chain, next_cursor: cursor } = answer;
  const notes = [
    ...(chain?.intact === false ? [colour.red(`The audit was changed: ${text(chain.detail)}.`)] : []),
    ...(typeof cursor === 'string' ? [`There are more: --cursor ${cursor}`] : []),
  ];
  return [listed, ...notes].join('\n\n');
}

/** What a verification has found: a line per chain, then its faults. */
export function verdictText(verdict: Schema<'AuditVerifiedAnswer'>): string {
  const chains = objects(verdict.chains);
  const rows = chains.map((chain) => [
    shortened(text(chain.chain), LONGEST_CHAIN),
    text(chain.entries),
    `${text(chain.first)} to ${text(chain.last)}`,
    text(chain.key),
    objects(chain.faults).length === 0 ? colour.green('whole') : colour.red('not whole'),
  ]);
  const faults = chains.flatMap((chain) => [
    ...objects(chain.faults).map(
      (fault) => `${text(chain.chain)} ${text(fault.kind)} ${text(fault.id)}: ${text(fault.detail)}`,
    ),
    ...(number(chain.more_faults) ? [`${text(chain.chain)}: ${text(chain.more_faults)} more`] : []),
  ]);
  const { earlier } = verdict;
  const noticed = texts(verdict.noticed).map((each) => `noticed: ${each}`);
  const notes = [
    ...(number(earlier?.entries) ? [`${text(earlier?.entries)} entries of the earlier format, which has no key`] : []),
    ...(typeof earlier?.fault === 'string' ? [colour.red(`earlier format: ${earlier.fault}`)] : []),
    ...(chains.some((chain) => chain.key === 'not here')
      ? ['"not here": the key of that chain is not known here; give all keys with --key-file']
      : []),
  ];
  const end = verdict.intact === true ? colour.green('The audit is whole.') : colour.red('The audit is not whole.');
  const said = [...faults, ...noticed, ...notes].flatMap((line) => wrapped(line));
  return [table(['chain', 'entries', 'numbers', 'key', ''], rows), ...said, end].join('\n');
}
