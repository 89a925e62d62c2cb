import { serviceLinkRemedy } from '../kubernetes.js';
import type { Role } from '../roles.js';
import { isOwnName, shownUnknown } from '../unknown-variables.js';
import type { VariableName } from '../values.js';
import { CHANGED_DEFAULTS, CHANGED_MEANINGS } from './changed-settings.js';
import { previousName } from './previous-settings.js';
import { remedyFor } from './remedy.js';

/** A setting that is allowed but probably a mistake, and what to do. */
export interface Notice {
  readonly text: string;
  readonly remedy: string;
}

interface Start {
  readonly source: NodeJS.ProcessEnv;
  readonly given: ReadonlySet<VariableName>;
  readonly roles: ReadonlySet<Role>;
}

/** What the start says about variables of the services before that it does not refuse. */
export function previousNotices(start: Start): Notice[] {
  return [...unreadNames(start), ...changedMeanings(start), ...missingAlone(start)];
}

/** Unknown names without a prefix of ours are no faults: others may use them. */
function unreadNames({ source, given }: Start): Notice[] {
  return Object.entries(source).flatMap(([name, text = '']) => {
    const row = isOwnName(name) ? undefined : previousName(name);
    const isWritten = row?.now !== undefined && given.has(row.now);
    if (row === undefined || isWritten || serviceLinkRemedy(name, text) !== undefined) return [];
    return [{ text: `${name}=${shownUnknown(name, text)} is not read.`, remedy: remedyFor(row, text) }];
  });
}

function changedMeanings({ source, given, roles }: Start): Notice[] {
  return CHANGED_MEANINGS.flatMap(({ name, role, concerns, why, remedy }) => {
    const text = source[name];
    if (remedy === undefined || text === undefined || !given.has(name) || !roles.has(role)) return [];
    return concerns?.(text) === false
      ? []
      : [{ text: `${name}=${shownUnknown(name, text)}: ${why}`, remedy: remedy(text) }];
  });
}

function missingAlone({ given, roles }: Start): Notice[] {
  if (roles.has('apply')) return [];
  const missing = CHANGED_DEFAULTS.filter(
    ({ name, role, mustChange }) => mustChange === true && role !== undefined && roles.has(role) && !given.has(name),
  );
  return [...new Map(missing.map((row) => [row.name, row])).values()].map(({ name, why, remedy }) => ({
    text: `${name} is not set. ${why}`,
    remedy,
  }));
}
