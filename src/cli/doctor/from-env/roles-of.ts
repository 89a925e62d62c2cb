import { previousName } from '../../../config/previous/previous-settings.js';
import { ROLES, type Role } from '../../../config/roles.js';
import { commaSeparated } from '../../../config/value-parsers/words.js';
import type { Setting } from './env-file.js';

/** Names that several of the old services read, or that say nothing about the role. */
const SHARED = /^(?:APPLY_MODE$|APPLY_ALLOWLIST$|UNIVERSE_)/;
const OF_ROLE: readonly (readonly [RegExp, Role])[] = [
  [/^(?:APPLY_|K_BLOCK_|SYMBOLS$)/, 'apply'],
  [/^P33_/, 'position-brain'],
  [/^GOV_/, 'governor'],
];

/** The roles that settings belong to: those named, those of `ROLES`, otherwise those whose variables they are. */
export function rolesOf(settings: readonly Setting[], named: string | undefined): readonly Role[] {
  const given = named ?? settings.findLast(({ name }) => name === 'ROLES')?.text;
  if (given !== undefined) return ROLES.filter((role) => commaSeparated(given).includes(role));
  const own = settings.filter(({ name }) => !SHARED.test(name)).map(({ name }) => roleOf(name));
  const found = ROLES.filter((role) => own.includes(role));
  if (found.length > 0) return found;
  return settings.some(({ name }) => name === 'APPLY_MODE') ? ['apply'] : ROLES;
}

function roleOf(name: string): Role | undefined {
  return previousName(name)?.role ?? OF_ROLE.find(([shape]) => shape.test(name))?.[1];
}
