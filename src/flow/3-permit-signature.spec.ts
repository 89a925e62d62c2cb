import { createHash, createPrivateKey, createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { strangersKey } from '../../test/harness/signing-keys.js';
import { Decimal } from './0-decimal.js';
import { encodeJson, type JsonObject, type JsonValue } from './0-json.js';
import { encodeGovernorBlock, encodePositionDenial, encodePositionPermit, type PermitBinding } from './3-permit.js';
import { isStillTrusted, readGovernorBlock, readPermit } from './3-permit-reading.js';
import { kidOf, type KeyRing, sealPermit, signatureFault } from './3-permit-signature.js';

/** RFC 8032, section 7.1, test 1. */
const SEED = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
const PUBLIC = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
const privateKey = createPrivateKey({
  key: Buffer.from(`302e020100300506032b657004220420${SEED}`, 'hex'),
  format: 'der',
  type: 'pkcs8',
});
const publicKey = createPublicKey(privateKey);
const KEY = { kid: kidOf(publicKey), privateKey };
const NONCE = 'AAAAAAAAAAAAAAAAAAAAAA';
const ring: KeyRing = { keyOf: (issuer, kid) => (issuer === 'p33' && kid === KEY.kid ? publicKey : undefined) };
const none: KeyRing = { keyOf: () => undefined };

const parse = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

/** Whether the signature in a sealed text is over exactly these bytes. */
function signs(sealed: string, bytes: string): boolean {
  return verify(null, Buffer.from(bytes), publicKey, Buffer.from(String(parse(sealed)['sig']), 'base64url'));
}

/** A double by its IEEE 754 bits. */
function double(hex: string): number {
  return Buffer.from(hex, 'hex').readDoubleBE();
}

describe('a key id', () => {
  it('is the start of the SHA-256 of the public key as OpenSSL writes it', () => {
    const der = Buffer.from(`302a300506032b6570032100${PUBLIC}`, 'hex');
    expect(KEY.kid).toBe(createHash('sha256').update(der).digest('hex').slice(0, 16));
  });
});

describe('a signature', () => {
  it.each<[string, JsonObject, string]>([
    [
      'section 3.2.2, a sample object',
      {
        numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
        string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
        literals: [null, true, false],
      },
      '"literals":[null,true,false],"nonce":"NONCE","numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"',
    ],
    [
      'section 3.2.3, sorting by UTF-16 code units',
      {
        o: {
          '\u20ac': 'Euro Sign',
          '\r': 'Carriage Return',
          '\ufb33': 'Hebrew Letter Dalet With Dagesh',
          '1': 'One',
          '\ud83d\ude00': 'Emoji: Grinning Face',
          '\u0080': 'Control',
          '\u00f6': 'Latin Small Letter O With Diaeresis',
        },
      },
      '"nonce":"NONCE","o":{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign","😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    ],
  ])('is over the canonical JSON of RFC 8785: %s', (_what, members, canonical) => {
    const sealed = sealPermit(members, KEY, NONCE);
    expect(signs(sealed, `{"kid":"${KEY.kid}",${canonical.replace('NONCE', NONCE)}}`)).toBe(true);
    expect(signatureFault(parse(sealed), 'p33', ring)).toBeUndefined();
  });

  it.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('is over the number %s as RFC 8785, appendix B, writes it: %s', (bits, canonical) => {
    const sealed = sealPermit({ v: double(bits) }, KEY, NONCE);
    expect(signs(sealed, `{"kid":"${KEY.kid}","nonce":"${NONCE}","v":${canonical}}`)).toBe(true);
    expect(signatureFault(parse(sealed), 'p33', ring)).toBeUndefined();
  });

  it.each<[string, JsonValue]>([
    ['more digits than a double has', new Decimal('723.7500000000000000000000000000001')],
    ['a tiny step', new Decimal('0.00000001')],
    ['text that is not ASCII', 'é😀\u2028'],
  ])('fits what a reader of the JSON sees, whatever it is: %s', (_what, value) => {
    const sealed = sealPermit({ v: value, absent: undefined }, KEY, NONCE);
    expect(sealed).not.toMatch(/"v":[-.\d]+e/);
    expect(signatureFault(parse(sealed), 'p33', ring)).toBeUndefined();
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['is not there', { sig: undefined }, 'it is not signed'],
    ['is not there, nor anything of it', { sig: undefined, kid: undefined, nonce: undefined }, 'it is not signed'],
    ['names no key', { kid: undefined }, 'kid is missing or not text'],
    ['names a key by number', { kid: 7 }, 'kid is missing or not text'],
    ['names a key that is not trusted', { kid: 'other' }, 'kid "other" is not a trusted key of p33'],
    ['has no nonce', { nonce: undefined }, 'nonce is not 16 to 128 printable characters'],
    ['has a short nonce', { nonce: 'short' }, 'nonce is not 16 to 128 printable characters'],
    ['has a nonce that begins with a blank', { nonce: ` ${NONCE}` }, 'nonce is not 16 to 128 printable characters'],
    ['has a nonce that ends in a line', { nonce: `${NONCE}\n` }, 'nonce is not 16 to 128 printable characters'],
    ['has a number for nonce', { nonce: 1_234_567_890_123_456 }, 'nonce is not 16 to 128 printable characters'],
    ['names a long key', { kid: 'k'.repeat(50) }, `kid "${'k'.repeat(40)}" is not a trusted key of p33`],
    ['is no text', { sig: 7 }, 'sig is not 64 bytes in base64url'],
    ['is cut', { sig: 'AAAA' }, 'sig is not 64 bytes in base64url'],
    ['is of something else', { v: 2 }, 'the signature is not valid'],
    ['covers a number that is none', { v: Infinity }, 'it has no canonical form'],
    ['covers a lone surrogate', { v: '\ud800' }, 'it has no canonical form'],
    ['covers a name with a lone surrogate', { '\ud800': 1 }, 'it has no canonical form'],
  ])('that %s is none', (_what, change, fault) => {
    const permit = { ...parse(sealPermit({ v: 1 }, KEY, NONCE)), ...change };
    expect(signatureFault(permit, 'p33', ring)).toBe(fault);
  });

  it('of one issuer does not count for the other', () => {
    const permit = parse(sealPermit({ v: 1 }, KEY, NONCE));
    expect(signatureFault(permit, 'governor', ring)).toBe(`kid "${KEY.kid}" is not a trusted key of governor`);
  });

  it('over too deeply nested members is refused, not computed', () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
    const permit = parse(sealPermit({ v: 1 }, KEY, NONCE));
    for (const depth of [16, 7_000])
      expect(signatureFault({ ...permit, v: nested(depth) }, 'p33', ring)).toBe('it has no canonical form');
    const deepest = parse(sealPermit({ v: nested(15) as JsonValue }, KEY, NONCE));
    expect(signatureFault(deepest, 'p33', ring)).toBeUndefined();
  });

  it('has one text: the bits that decoding ignores cannot make a second one', () => {
    const permit = parse(sealPermit({ v: 1 }, KEY, NONCE));
    const sig = String(permit['sig']);
    const others = ['A', 'B', 'Q', 'R', 'g', 'h', 'w', 'x'].map((last) => sig.slice(0, -1) + last);
    const same = others.filter((other) => Buffer.from(other, 'base64url').equals(Buffer.from(sig, 'base64url')));
    expect(same).toContain(sig);
    expect(same).toHaveLength(2);
    const forged = same.find((other) => other !== sig);
    expect(signatureFault({ ...permit, sig: forged }, 'p33', ring)).toBe('sig is not 64 bytes in base64url');
    expect(signatureFault(permit, 'p33', ring)).toBeUndefined();
  });
});

const NOW = 1_769_860_800_123;
const BINDING: PermitBinding = {
  planId: '0123456789abcdef',
  symbol: 'BTCUSDT',
  attempt: 2,
  mode: 'testnet',
  planHash: 'hash',
  account: 'account',
  action: 'PARTIAL_75',
  createdAtMs: NOW,
  expiresAtMs: NOW + 60_000,
};
const EXPECTED = {
  planId: '0123456789abcdef',
  symbol: 'BTCUSDT',
  attempt: 2,
  mode: 'testnet',
  planHash: 'hash',
  account: 'account',
  action: 'PARTIAL_75',
  nowMs: NOW + 100,
} as const;
const GRANT = {
  safeCloseQty: new Decimal('0.007'),
  exchangePositionAmt: new Decimal('-0.01'),
  ledgerAmt: new Decimal('-0.01'),
  snapshotTsMs: NOW,
  positionEpoch: '7',
  context: { snapshot_age_ms: 12 },
};

describe('a signed permit', () => {
  const permit = encodePositionPermit(BINDING, GRANT);
  const sealed = sealPermit(permit, KEY, NONCE);

  it('has the members of the unsigned one, and key, nonce and signature', () => {
    const { kid, nonce, sig, ...rest } = parse(sealed);
    expect(rest).toEqual(parse(encodeJson(permit)));
    expect([kid, nonce]).toEqual([KEY.kid, NONCE]);
    expect(sig).toMatch(/^[A-Za-z0-9_-]{86}$/);
  });

  it('allows with the key that signed it, while that key is trusted', () => {
    const reading = readPermit('p33', sealed, EXPECTED, ring);
    expect(reading).toMatchObject({ kind: 'allow', permit: { issuer: 'p33', kid: KEY.kid, manual: false } });
    if (reading.kind !== 'allow') return;
    expect([isStillTrusted(reading.permit, ring), isStillTrusted(reading.permit, none)]).toEqual([true, false]);
    expect(isStillTrusted({ ...reading.permit, kid: undefined }, ring)).toBe(false);
    expect(isStillTrusted({ ...reading.permit, kid: undefined }, 'unsigned')).toBe(true);
  });

  describe('that this process has sealed itself', () => {
    // Its signature is not valid, so it allows only where nobody looks at it.
    const unverifiable = encodeJson({ ...(parse(sealed) as JsonObject), sig: 'A'.repeat(86) });
    const here = (keys: KeyRing): KeyRing => ({
      ...keys,
      isSealedHere: (issuer, bytes) => issuer === 'p33' && bytes === unverifiable,
    });

    it('allows without another look at its signature', () => {
      expect(readPermit('p33', unverifiable, EXPECTED, ring)).toMatchObject({ kind: 'unproven' });
      expect(readPermit('p33', unverifiable, EXPECTED, here(ring))).toMatchObject({ kind: 'allow' });
    });

    it('does not allow with one other byte, nor as another attempt', () => {
      expect(readPermit('p33', `${unverifiable} `, EXPECTED, here(ring))).toMatchObject({ kind: 'unproven' });
      expect(readPermit('p33', unverifiable, { ...EXPECTED, attempt: 3 }, here(ring))).toMatchObject({
        kind: 'ignored',
      });
    });

    it('does not allow once its key is trusted no more', () =>
      expect(readPermit('p33', unverifiable, EXPECTED, here(none))).toMatchObject({ kind: 'unproven' }));
  });

  it('allows in a deployment without signing too', () =>
    expect(readPermit('p33', sealed, EXPECTED, 'unsigned')).toMatchObject({
      kind: 'allow',
      permit: { kid: undefined },
    }));

  it.each([
    'issuer',
    'plan_id',
    'symbol',
    'attempt',
    'mode',
    'plan_hash',
    'account',
    'action',
    'side',
    'expires_at_ms',
  ])('must name its %s [P5]', (member) =>
    expect(readPermit('p33', sealPermit({ ...permit, [member]: undefined }, KEY, NONCE), EXPECTED, ring)).toEqual({
      kind: 'unproven',
      detail: `${member} is missing; a signed permit names it`,
    }),
  );

  it.each<[string, JsonObject, string]>([
    ['of another plan', { plan_id: 'ffff' }, 'plan_id is "ffff", not 0123456789abcdef'],
    ['of another symbol', { symbol: 'ETHUSDT' }, 'symbol is "ETHUSDT", not BTCUSDT'],
    ['of another issuer', { issuer: 'governor' }, 'issuer is "governor", not p33'],
    ['of another hash', { plan_hash: 'other' }, 'plan_hash belongs to another plan'],
    ['of another account', { account: 'other' }, 'account is another one'],
    ['of another action', { action: 'UPDATE_SL' }, 'action is "UPDATE_SL", not PARTIAL_75'],
    ['that has expired', { expires_at_ms: NOW }, `expired: expires_at_ms is ${NOW}, it is ${NOW + 100}`],
    [
      'that does not say when it was given',
      { created_at: undefined },
      'created_at is undefined, which is not before now',
    ],
    ['from the future', { created_at: NOW / 1000 + 6 }, `created_at is ${NOW / 1000 + 6}, which is not before now`],
  ])('%s proves nothing here [P5] [P8]', (_what, change, detail) =>
    expect(readPermit('p33', sealPermit({ ...permit, ...change }, KEY, NONCE), EXPECTED, ring)).toEqual({
      kind: 'unproven',
      detail,
    }),
  );

  it.each<[string, JsonObject]>([
    ['attempt', { attempt: 1 }],
    ['mode', { mode: 'dry_run' }],
  ])('of another %s is ignored, signed or not [P15]', (_what, change) => {
    const other = { ...permit, ...change };
    expect(readPermit('p33', sealPermit(other, KEY, NONCE), EXPECTED, ring).kind).toBe('ignored');
    expect(readPermit('p33', encodeJson(other), EXPECTED, ring).kind).toBe('ignored');
  });

  it('with an invalid quantity is the issuer’s fault, and ends the attempt [P6]', () =>
    expect(readPermit('p33', sealPermit({ ...permit, safe_close_qty: 0 }, KEY, NONCE), EXPECTED, ring)).toEqual({
      kind: 'invalid',
      detail: 'safe_close_qty is 0; a number above zero is needed',
    }));

  it('cannot be written by hand', () => {
    expect(readPermit('governor', '{"granted":true}', EXPECTED, ring)).toEqual({
      kind: 'unproven',
      detail: 'it is not signed',
    });
    expect(readPermit('governor', '{"granted":tru', EXPECTED, ring)).toEqual({
      kind: 'unproven',
      detail: 'not a JSON object: "{\\"granted\\":tru"',
    });
  });
});

describe('a denial, with signing on', () => {
  const context = { age_seconds: 11.5 };
  const denial = encodePositionDenial(BINDING, 'stale_exchange_state', context);
  const block = encodeGovernorBlock(BINDING, 'burst_limit_exceeded', context);

  it('counts from its issuer', () =>
    expect(readPermit('p33', sealPermit(denial, KEY, NONCE), EXPECTED, ring)).toEqual({
      kind: 'deny',
      reason: 'stale_exchange_state',
      context,
    }));

  it('counts from anybody, and says so: it can only block', () => {
    const unsigned = { ...context, signature: 'it is not signed' };
    expect(readPermit('p33', encodeJson(denial), EXPECTED, ring)).toEqual({
      kind: 'deny',
      reason: 'stale_exchange_state',
      context: unsigned,
    });
    expect(readGovernorBlock(encodeJson(block), EXPECTED, ring)).toEqual({
      kind: 'deny',
      reason: 'burst_limit_exceeded',
      context: unsigned,
    });
    const forged = sealPermit(block, { ...strangersKey(), kid: KEY.kid }, NONCE);
    expect(readGovernorBlock(forged, EXPECTED, { keyOf: () => publicKey })).toMatchObject({
      kind: 'deny',
      context: { signature: 'the signature is not valid' },
    });
  });
});
