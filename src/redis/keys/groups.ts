/** The consumer group of each role on the plan stream; on the result stream `p33` and `governor`. */
export const GROUPS = { apply: 'apply', governor: 'governor', p33: 'p33' } as const;

/** The group of the archive, on every stream that holds what happened. No role's work waits for it. */
export const ARCHIVE_GROUP = 'archive';

export const GROUP_OF_ROLE = { apply: GROUPS.apply, governor: GROUPS.governor, 'position-brain': GROUPS.p33 } as const;

/** The groups of those of these principals that are roles; the others have none. */
export function groupsOf(principals: Iterable<string>): string[] {
  const wanted = new Set(principals);
  return Object.entries(GROUP_OF_ROLE).flatMap(([role, group]) => (wanted.has(role) ? [group] : []));
}

/** Of one process in a group: stable across restarts. */
export const consumerName = (group: string, instanceId: string): string => `${group}-${instanceId}`;
