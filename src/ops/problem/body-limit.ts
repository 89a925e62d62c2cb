/** The largest body of a call. */
export const BODY_LIMIT_BYTES = 64 * 1024;
