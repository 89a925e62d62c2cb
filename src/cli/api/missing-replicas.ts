import type { Answer } from './client.js';
import { text } from './reading.js';

/** A stop that too few replicas have is a stop nevertheless. */
export function missingReplicas(answer: Answer): string[] {
  const missing = text(answer['missing_replicas'] ?? '');
  return missing === ''
    ? []
    : [`A failover of Redis now could lose it: ${missing}. Repair the replica and repeat the call.`];
}
