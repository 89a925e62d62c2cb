export const API_ROLES = ['viewer', 'operator', 'admin'] as const;
/** What a token may do; each role may do what those before it may. */
export type ApiRole = (typeof API_ROLES)[number];
