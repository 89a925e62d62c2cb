import type { Keys } from './keys.js';

const STREAMS = { apply: 'auditApply', 'position-brain': 'auditPositionBrain', governor: 'auditGovernor' } as const;
const CHAIN = /^(apply|position-brain|governor):([A-Za-z0-9._-]{1,64})$/;

/** The stream of a chain, named `role:instance`; `undefined` when there can be no such chain. */
export function auditStream(keys: Keys, chain: string): string | undefined {
  const [, role, instance = ''] = CHAIN.exec(chain) ?? [];
  return role === undefined ? undefined : keys[STREAMS[role as keyof typeof STREAMS]](instance);
}
