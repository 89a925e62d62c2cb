import { readPermit, type UsablePermit } from '../../src/flow/3-permit-reading.js';
import type { Issuer } from '../../src/flow/3-permit.js';

/** An unsigned permit as Apply reads it for an attempt of this symbol. Throws for one that gives no permission. */
export function usablePermit(issuer: Issuer, bytes: string, symbol: string): UsablePermit {
  const attempt = { planId: '', symbol, attempt: 1, mode: 'testnet', planHash: '', account: '', action: '' } as const;
  const reading = readPermit(issuer, bytes, { ...attempt, nowMs: 0 }, 'unsigned');
  if (reading.kind !== 'allow') throw new Error(`${bytes}: ${JSON.stringify(reading)}`);
  return reading.permit;
}
