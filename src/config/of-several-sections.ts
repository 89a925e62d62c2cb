import { fractional, whole } from './value-parsers/numbers.js';

export const DAY_SEC = 86_400;
/** A kill score has no upper bound of its own; 100 leaves room for any scale in use. */
export const KILL_SCORE = fractional(0, 100);
/** A permit's life is a Redis expiry in whole seconds. */
export const PERMIT_TTL = whole(1, 3600, 'seconds');
export const METRICS = 'Serves `/metrics` there too while the role is on.';
