import { MODES, type Mode } from '../flow/0-primitives.js';

export const ROLES = ['apply', 'position-brain', 'governor'] as const;
/** A part of the system that a process runs, alone or together with others. */
export type Role = (typeof ROLES)[number];

export const APPLY_MODES = MODES;
export type ApplyMode = Mode;

/** Who issues permits, as permits and key files name them, and the role that issues them. */
export const ISSUER_ROLES = { governor: 'governor', p33: 'position-brain' } as const satisfies Record<string, Role>;
export type PermitIssuer = keyof typeof ISSUER_ROLES;
export const PERMIT_ISSUERS = Object.keys(ISSUER_ROLES) as PermitIssuer[];
