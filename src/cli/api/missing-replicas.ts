import { text } from './reading.js';

/** A stop that too few replicas have is a stop nevertheless. */
export function missingReplicas({
  missing_replicas: missing,
}: {
  readonly missing_replicas?: string | undefined;
}): string[] {
  if (typeof missing !== 'string' || missing === '') return [];
  return [`A failover of Redis now could lose it: ${text(missing)}. Repair the replica and repeat the call.`];
}
