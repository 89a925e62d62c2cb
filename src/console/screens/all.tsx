import type { ComponentType } from 'preact';
import { useMemo } from 'preact/hooks';
import { useHasCells } from '../api/queries.js';
import type { Route } from '../parts/route.js';
import { texts } from '../texts.js';
import { Audit } from './audit.js';
import { CellsScreen } from './cells.js';
import { Charts } from './charts.js';
import { Configuration } from './configuration.js';
import { DeadLetters } from './dead-letters.js';
import { Events } from './events.js';
import { FleetScreen } from './fleet.js';
import { NeedsYou } from './needs-you.js';
import { PlanScreen } from './plan.js';
import { Plans } from './plans.js';
import { ReasonsScreen } from './reasons.js';
import { Streams } from './streams.js';
import { Symbols } from './symbols.js';

export interface ScreenEntry {
  readonly name: string;
  readonly title: string;
  /** In the navigation. */
  readonly nav?: string;
  /** After `g`. */
  readonly letter?: string;
  /** Only where the deployment has CELLS_FILE. */
  readonly needsCells?: boolean;
  readonly Screen: ComponentType<{ route: Route }>;
}

const T = texts.nav;
const SYMBOLS: ScreenEntry = { name: 'symbols', title: T.symbols, nav: T.symbols, letter: 's', Screen: Symbols };

const SCREENS: readonly ScreenEntry[] = [
  SYMBOLS,
  { name: 'needs', title: T.needs, nav: T.needs, letter: 'n', Screen: NeedsYou },
  { name: 'cells', title: T.cells, nav: T.cells, letter: 'l', needsCells: true, Screen: CellsScreen },
  { name: 'plans', title: T.plans, nav: T.plans, letter: 'p', Screen: Plans },
  { name: 'plan', title: T.plans, Screen: PlanScreen },
  { name: 'charts', title: T.charts, nav: T.charts, letter: 'c', Screen: Charts },
  { name: 'events', title: T.events, nav: T.events, letter: 'e', Screen: Events },
  { name: 'audit', title: T.audit, nav: T.audit, letter: 'a', Screen: Audit },
  { name: 'streams', title: T.streams, nav: T.streams, letter: 't', Screen: Streams },
  { name: 'letters', title: T.letters, nav: T.letters, letter: 'd', Screen: DeadLetters },
  { name: 'fleet', title: T.fleet, nav: T.fleet, letter: 'f', Screen: FleetScreen },
  { name: 'config', title: T.config, nav: T.config, letter: 'o', Screen: Configuration },
  { name: 'reasons', title: T.reasons, nav: T.reasons, letter: 'r', Screen: ReasonsScreen },
];

export const screenOf = (name: string): ScreenEntry => SCREENS.find((each) => each.name === name) ?? SYMBOLS;

/** The screens that this deployment has; the same list until that changes. */
export function useScreens(): readonly ScreenEntry[] {
  const hasCells = useHasCells();
  return useMemo(() => SCREENS.filter(({ needsCells = false }) => hasCells || !needsCells), [hasCells]);
}
