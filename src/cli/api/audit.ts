import { colour, table } from '../terminal.js';
import type { Answer } from './client.js';
import { number, object, objects, text } from './reading.js';

/** `GET /audit` as a table. */
export function auditText(answer: Answer): string {
  const entries = objects(answer['entries']);
  if (entries.length === 0) return 'There are no such entries.';
  const rows = entries.map((entry) => [
    text(entry['at']),
    text(entry['actor']),
    text(entry['action']),
    text(entry['target']).slice(0, 40),
    text(entry['outcome']).slice(0, 40),
    text(entry['reason']).slice(0, 60),
    `${text(entry['chain'])} ${text(entry['seq'])}`,
    entry['proof'] === 'wrong' ? colour.red('not genuine') : text(entry['proof']),
  ]);
  const listed = table(['at', 'actor', 'action', 'target', 'outcome', 'reason', 'entry', 'proof'], rows);
  const chain = object(answer['chain']);
  const notes = [
    ...(chain['intact'] === false ? [colour.red(`The audit was changed: ${text(chain['detail'])}.`)] : []),
    ...(typeof answer['next_cursor'] === 'string' ? [`There are more: --cursor ${answer['next_cursor']}`] : []),
  ];
  return [listed, ...notes].join('\n\n');
}

/** What a verification has found: a line per chain, then its faults. */
export function verdictText(verdict: Answer): string {
  const chains = objects(verdict['chains']);
  const rows = chains.map((chain) => [
    text(chain['chain']),
    text(chain['entries']),
    `${text(chain['first'])} to ${text(chain['last'])}`,
    text(chain['key']),
    objects(chain['faults']).length === 0 ? colour.green('whole') : colour.red('not whole'),
  ]);
  const faults = chains.flatMap((chain) => [
    ...objects(chain['faults']).map(
      (fault) => `${text(chain['chain'])} ${text(fault['kind'])} ${text(fault['id'])}: ${text(fault['detail'])}`,
    ),
    ...(number(chain['more_faults']) ? [`${text(chain['chain'])}: ${text(chain['more_faults'])} more`] : []),
  ]);
  const earlier = object(verdict['earlier']);
  const noticed = Array.isArray(verdict['noticed']) ? verdict['noticed'].map((each) => `noticed: ${text(each)}`) : [];
  const notes = [
    ...(number(earlier['entries'])
      ? [`${text(earlier['entries'])} entries of the earlier format, which has no key`]
      : []),
    ...(typeof earlier['fault'] === 'string' ? [colour.red(`earlier format: ${earlier['fault']}`)] : []),
    ...(chains.some((chain) => chain['key'] === 'not here')
      ? ['"not here": the key of that chain is not known here; give all keys with --key-file']
      : []),
  ];
  const end = verdict['intact'] === true ? colour.green('The audit is whole.') : colour.red('The audit is not whole.');
  return [table(['chain', 'entries', 'numbers', 'key', ''], rows), ...faults, ...noticed, ...notes, end].join('\n');
}
