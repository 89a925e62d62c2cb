import type { KeyObject } from 'node:crypto';
import { createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Random } from '../../test/chaos/random.js';
import { FORGERY_KINDS, forge, type ForgeryContext, genuineMembers, seal } from '../../test/harness/forgeries.js';
import { strangersKey } from '../../test/harness/signing-keys.js';
import { ISSUERS } from './3-permit.js';
import { readPermit } from './3-permit-reading.js';
import type { KeyRing, SigningKey } from './3-permit-signature.js';

/** `npm run test:long` makes it 100 000. */
const FORGERIES = Number(process.env['FORGERIES'] ?? '2000');
const EXPECTED = {
  planId: '0123456789abcdef',
  symbol: 'BTCUSDT',
  attempt: 2,
  mode: 'testnet',
  planHash: 'ab'.repeat(32),
  account: 'account',
  action: 'PARTIAL_75',
  nowMs: 1_769_860_800_123,
} as const;

const pair = (): ForgeryContext['keys'] => ({ governor: strangersKey(), p33: strangersKey() });
const CONTEXT: ForgeryContext = { expected: EXPECTED, keys: pair(), revoked: pair(), stranger: strangersKey() };

function ringOf(keys: Readonly<Record<'governor' | 'p33', SigningKey>>): KeyRing {
  const publicKeys = new Map<string, KeyObject>(
    ISSUERS.map((issuer) => [`${issuer} ${keys[issuer].kid}`, createPublicKey(keys[issuer].privateKey)]),
  );
  return { keyOf: (issuer, kid) => publicKeys.get(`${issuer} ${kid}`) };
}

describe('a permit that is not from its issuer for this attempt', () => {
  const ring = ringOf(CONTEXT.keys);

  it(
    `is never used, in ${FORGERIES} forgeries of ${FORGERY_KINDS.length} kinds [P3] [P5] [P6] [P8] [C7]`,
    { timeout: 300_000 },
    () => {
      const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
      process.stdout.write(`forged permits: FUZZ_SEED=${seed}\n`);
      const random = new Random(seed);
      const used: string[] = [];
      const made: Record<string, number> = {};
      for (let run = 0; run < FORGERIES; run += 1) {
        const { kind, issuer, bytes } = forge(CONTEXT, random);
        made[kind] = (made[kind] ?? 0) + 1;
        const reading = readPermit(issuer, bytes, EXPECTED, ring);
        if (reading.kind === 'allow' || reading.kind === 'invalid')
          used.push(`run ${run}: ${kind}: ${issuer} ${bytes}`);
      }
      expect(used, `FUZZ_SEED=${seed}`).toEqual([]);
      expect(Object.keys(made).toSorted()).toEqual(FORGERY_KINDS.toSorted());
      for (const count of Object.values(made)) expect(count).toBeGreaterThan(FORGERIES / 100);
    },
  );

  it('is distinguished from a genuine one', () => {
    for (const issuer of ISSUERS) {
      const genuine = seal(genuineMembers(issuer, EXPECTED), CONTEXT.keys[issuer], new Random(1));
      expect(readPermit(issuer, genuine, EXPECTED, ring)).toMatchObject({
        kind: 'allow',
        permit: { issuer, kid: CONTEXT.keys[issuer].kid },
      });
    }
  });
});
