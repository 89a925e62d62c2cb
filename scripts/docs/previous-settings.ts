import { CHANGED_DEFAULTS, CHANGED_MEANINGS } from '../../src/config/previous/changed-settings.js';
import { PREVIOUS_NAMES } from '../../src/config/previous/previous-settings.js';
import type { Role } from '../../src/config/roles.js';
import { generatedFrom, table } from './table.js';

const SERVICES: Readonly<Record<Role, string>> = {
  apply: 'Apply',
  'position-brain': 'Position Brain',
  governor: 'Governor',
};
const service = (role?: Role): string => (role === undefined ? 'all' : SERVICES[role]);

/** The text of `docs/previous-settings.md`: how settings of the services before are written here. */
export function renderPreviousSettingsPage(): string {
  const names = PREVIOUS_NAMES.map(({ name, role, now, why, remedy }) => [
    `\`${name}\``,
    service(role),
    now === undefined ? '–' : `\`${now}\``,
    [why, remedy].filter((text) => text !== undefined).join(' '),
  ]);
  const meanings = CHANGED_MEANINGS.map(({ name, role, why, remedy }) => [
    `\`${name}\``,
    service(role),
    [why, remedy?.('…')].filter((text) => text !== undefined).join(' '),
  ]);
  const defaults = CHANGED_DEFAULTS.map(({ name, role, why, remedy }) => [`\`${name}\``, service(role), why, remedy]);
  return `# Settings of the services before

${generatedFrom('src/config/previous')}

What [\`doctor --from-env\`](migration.md#settings) says about the environment files of \`quantum-apply-layer\`,
\`quantum-position-state-brain\` and \`quantum-governor\`. Every other variable of theirs that [configuration](configuration.md) has means the same here.

## Other names

A name that ends with \`*\` stands for all names that begin so.

${table(['variable', 'read by', 'here', 'what to do'], names)}

## The same name, another meaning

${table(['variable', 'read by', 'what is different'], meanings)}

## Other defaults

${table(['not set', 'read by', 'what is different', 'what to do'], defaults)}
`;
}
