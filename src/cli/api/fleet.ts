import { age, colour, shortened, table, wrapped } from '../terminal.js';
import { ms, objects, type Schema, text, texts } from './reading.js';

type Instance = Schema<'InstanceAnswer'>;

const LONGEST_NAME = 26;
const GOOD = new Set(['ready', 'alive', 'reading']);
const FAULTY = new Set(['gone', 'not_ready']);

/** `GET /fleet`: one line per instance, and in words what is missing, not ready or different. */
export function fleetText(fleet: Schema<'FleetAnswer'>): string {
  const instances = objects(fleet.instances);
  const nowMs = ms(fleet.at_ms);
  const rows = instances.map((each) => [
    text(each.role),
    shortened(text(each.instance), LONGEST_NAME),
    stateText(text(each.state)),
    age(nowMs - ms(each.started_ms)),
    age(nowMs - ms(each.seen_ms)),
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
function whatRuns(instances: readonly Instance[]): string {
  const said = instances.filter((each) => typeof each.version === 'string' && each.state !== 'gone');
  const usual = said.find((each) => texts(each.differs).length === 0);
  return usual === undefined ? '' : runs(usual);
}

const runs = (each: Instance): string =>
  `version ${text(each.version)} (${text(each.commit)}), configuration ${text(each.configuration)}, mode ${text(each.mode)}`;

/** Everything that is missing, not ready or different, in words. */
function fleetFaults(fleet: Schema<'FleetAnswer'>): string[] {
  const nowhere = objects(fleet.missing).flatMap((missing) => [
    ...wrapped(colour.red(text(missing.text))),
    `  ${colour.cyan(`$ ${text(missing.remedy)}`)}`,
  ]);
  const instances = objects(fleet.instances);
  const named = (each: Instance): string => `${text(each.role)} ${text(each.instance)}`;
  const told = instances
    .filter((each) => text(each.state) !== 'ready')
    .flatMap((each) => wrapped(`${named(each)}: ${text(each.text)}`));
  const different = instances
    .filter((each) => texts(each.differs).length > 0)
    .flatMap((each) => wrapped(`${named(each)} differs from the others: ${runs(each)}${differsIn(each)}.`));
  return [...nowhere, ...told, ...different];
}

function differsIn(each: Instance): string {
  const parts = texts(each.differs_in);
  return parts.length === 0 ? '' : ` (it differs in: ${parts.join(', ')})`;
}
