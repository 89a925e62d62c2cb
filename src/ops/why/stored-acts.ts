import type { Act } from '../../gates/why/facts.js';

/** A member that is missing or of another type reads as none. */
export function actOf(stored: object): Act {
  const { by, reason, at_ms: atMs } = stored as Readonly<Record<string, unknown>>;
  return {
    by: typeof by === 'string' ? by : '',
    reason: typeof reason === 'string' ? reason : '',
    atMs: typeof atMs === 'number' ? atMs : 0,
  };
}
