/** The consumer group of each role on the plan stream; on the result stream `p33` and `governor`. */
export const GROUPS = { apply: 'apply', governor: 'governor', p33: 'p33' } as const;
