import { age, colour, shortened, table, wrapped } from '../terminal.js';
import type { Answer } from './client.js';
import { number, objects, text } from './reading.js';

const LONGEST_NAME = 26;
const GOOD = new Set(['ready', 'alive', 'reading']);
const FAULTY = new Set(['gone', 'not_ready']);

/** `GET /fleet`: one line per instance, and in words what is missing, not ready or different. */
export function fleetText(fleet: Answer): string {
  const instances = objects(fleet['instances']);
  const nowMs = number(fleet['at_ms']) ?? Number.NaN;
  const rows = instances.map((each) => [
    text(each['role']),
    shortened(text(each['instance']), LONGEST_NAME),
    stateText(text(each['state'])),
    age(nowMs - (number(each['started_ms']) ?? Number.NaN)),
    age(nowMs - (number(each['seen_ms']) ?? Number.NaN)),
  ]);
  const parts = [
    table(['role', 'instance', 'state', 'up', 'seen'], rows),
    whatRuns(instances),
    fleetFaults(fleet).join('\n'),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

export function stateText(state: string): string {
  const words = state.replaceAll('_', ' ');
  if (GOOD.has(state)) return colour.green(words);
  return FAULTY.has(state) ? colour.red(words) : colour.yellow(words);
}

/** What all of them run; those that differ say so themselves. */
function whatRuns(instances: readonly Answer[]): string {
  const said = instances.filter((each) => typeof each['version'] === 'string' && each['state'] !== 'gone');
  const usual = said.find((each) => !Array.isArray(each['differs']) || each['differs'].length === 0);
  return usual === undefined ? '' : runs(usual);
}

const runs = (each: Answer): string =>
  `version ${text(each['version'])} (${text(each['commit'])}), configuration ${text(each['configuration'])}, mode ${text(each['mode'])}`;

/** Everything that is missing, not ready or different, in words. */
function fleetFaults(fleet: Answer): string[] {
  const nowhere = objects(fleet['missing']).flatMap((missing) => [
    ...wrapped(colour.red(text(missing['text']))),
    `  ${colour.cyan(`$ ${text(missing['remedy'])}`)}`,
  ]);
  const instances = objects(fleet['instances']);
  const named = (each: Answer): string => `${text(each['role'])} ${text(each['instance'])}`;
  const told = instances
    .filter((each) => text(each['state']) !== 'ready')
    .flatMap((each) => wrapped(`${named(each)}: ${text(each['text'])}`));
  const different = instances
    .filter((each) => Array.isArray(each['differs']) && each['differs'].length > 0)
    .flatMap((each) => wrapped(`${named(each)} differs from the others: ${runs(each)}${differsIn(each)}.`));
  return [...nowhere, ...told, ...different];
}

function differsIn(each: Answer): string {
  const parts = Array.isArray(each['differs_in']) ? each['differs_in'].map(text) : [];
  return parts.length === 0 ? '' : ` (it differs in: ${parts.join(', ')})`;
}
