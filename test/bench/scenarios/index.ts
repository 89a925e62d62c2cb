import type { Effort, Scenario } from '../scenario.js';
import { burst } from './burst.js';
import { cells } from './cells.js';
import { counts } from './counts.js';
import { crowd } from './crowd.js';
import { durability } from './durability.js';
import { flows } from './flows.js';
import { idle } from './idle.js';
import { instances } from './instances.js';
import { latency } from './latency.js';
import { memory } from './memory.js';
import { orders } from './orders.js';
import { peer } from './peer.js';
import { production } from './production.js';
import { retention } from './retention.js';
import { rtt } from './rtt.js';
import { signing } from './signing.js';
import { startUp } from './start-up.js';
import { symbols } from './symbols.js';
import { throughput } from './throughput.js';
import { weight } from './weight.js';

const SCENARIOS: readonly Scenario[] = [
  production,
  rtt,
  burst,
  peer,
  latency,
  throughput,
  flows,
  signing,
  counts,
  symbols,
  instances,
  crowd,
  orders,
  weight,
  cells,
  durability,
  retention,
  startUp,
  idle,
  memory,
];

/** What a smoke runs. */
const QUICK = ['latency', 'counts'];

/** The scenarios of these names, or those of the effort; a sentence when there is no such scenario. */
export function chosenScenarios(names: readonly string[], effort: Effort): readonly Scenario[] | string {
  const unknown = names.find((name) => !SCENARIOS.some((scenario) => scenario.name === name));
  if (unknown !== undefined)
    return `There is no scenario ${JSON.stringify(unknown)}; there are:\n${SCENARIOS.map(({ name, about }) => `  ${name.padEnd(12)}${about}`).join('\n')}`;
  const wanted = names.length > 0 ? names : effort === 'quick' ? QUICK : SCENARIOS.map(({ name }) => name);
  return SCENARIOS.filter(({ name }) => wanted.includes(name));
}
