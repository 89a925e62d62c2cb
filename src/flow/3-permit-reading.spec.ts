import { describe, expect, it } from 'vitest';
import type { Issuer } from './3-permit.js';
import { readGovernorBlock, readPermit } from './3-permit-reading.js';

const NOW = 1_769_860_800_000;
const EXPECTED = {
  planId: '0123456789abcdef',
  symbol: 'BTCUSDT',
  attempt: 2,
  mode: 'testnet',
  planHash: 'hash',
  account: 'account',
  action: 'PARTIAL_75',
  nowMs: NOW,
} as const;
const BOUND = {
  plan_id: '0123456789abcdef',
  symbol: 'BTCUSDT',
  attempt: 2,
  mode: 'testnet',
  plan_hash: 'hash',
  expires_at_ms: NOW + 60_000,
  created_at: NOW / 1000,
};
const GOVERNOR = { granted: true, computed_qty: 0.0075, computed_notional: 720, consumed: false, ...BOUND };
const POSITION = { allow: true, safe_close_qty: 0.007, exchange_position_amt: -0.01, position_epoch: '7', ...BOUND };

const read = (issuer: Issuer, permit: unknown): unknown =>
  readPermit(issuer, typeof permit === 'string' ? permit : JSON.stringify(permit), EXPECTED, 'unsigned');

describe("the Governor's signed bound of the quantity", () => {
  it.each<[unknown, string | undefined]>([
    [0.005, '0.005'],
    [0, '0'],
    [0.02, '0.01'],
    [undefined, '0.01'],
  ])('%s limits a computed quantity of 0.01 to %s [C14]', (max_qty, maxQty) => {
    const reading = readPermit(
      'governor',
      JSON.stringify({ granted: true, computed_qty: 0.01, max_qty }),
      EXPECTED,
      'unsigned',
    );
    expect(reading).toMatchObject({ kind: 'allow' });
    expect(reading.kind === 'allow' ? reading.permit.maxQty?.toFixed() : '').toBe(maxQty);
  });

  it.each([-1, '1', null, 'x'])('that is %j is no bound [C14]', (max_qty) =>
    expect(readPermit('governor', JSON.stringify({ granted: true, max_qty }), EXPECTED, 'unsigned')).toMatchObject({
      kind: 'invalid',
      detail: `max_qty is ${JSON.stringify(max_qty)}; a number from zero is needed`,
    }),
  );
});

describe('bytes under a permit key', () => {
  it.each<[Issuer, string, string]>([
    ['governor', '{}', 'granted is undefined; true or false is needed'],
    ['governor', '{"granted":"false"}', 'granted is "false"; true or false is needed'],
    ['governor', '{"granted":"true"}', 'granted is "true"; true or false is needed'],
    ['governor', '{"granted":1}', 'granted is 1; true or false is needed'],
    ['governor', '{"granted":null}', 'granted is null; true or false is needed'],
    ['governor', '{"allow":true}', 'granted is undefined; true or false is needed'],
    ['governor', '[]', 'not a JSON object: "[]"'],
    ['governor', '[{"granted":true}]', 'not a JSON object: "[{\\"granted\\":true}]"'],
    ['governor', 'null', 'not a JSON object: "null"'],
    ['governor', 'true', 'not a JSON object: "true"'],
    ['governor', '', 'not a JSON object: ""'],
    ['governor', 'x'.repeat(70), `not a JSON object: "${'x'.repeat(60)}"`],
    ['governor', `{"granted":"${'x'.repeat(70)}"}`, `granted is "${'x'.repeat(59)}; true or false is needed`],
    ['governor', '{"granted":true', 'not a JSON object: "{\\"granted\\":true"'],
    [
      'governor',
      '{"granted":true,"computed_qty":NaN}',
      'not a JSON object: "{\\"granted\\":true,\\"computed_qty\\":NaN}"',
    ],
    ['p33', '{}', 'allow is undefined; true or false is needed'],
    ['p33', '{"allow":"true","safe_close_qty":1}', 'allow is "true"; true or false is needed'],
    ['p33', '{"allow":1,"safe_close_qty":1}', 'allow is 1; true or false is needed'],
    ['p33', '{"granted":true}', 'allow is undefined; true or false is needed'],
    ['p33', '{"allow":true}', 'safe_close_qty is undefined; a number above zero is needed'],
  ])('%s: %s is invalid [P3]', (issuer, bytes, detail) =>
    expect(read(issuer, bytes)).toEqual({ kind: 'invalid', detail }),
  );

  it('that are larger than any permit are invalid', () => {
    const fill = (length: number): string => `{"granted":true,"x":"${'y'.repeat(length - 23)}"}`;
    expect(read('governor', fill(16_384))).toMatchObject({ kind: 'allow' });
    expect(read('governor', fill(16_385))).toMatchObject({ kind: 'invalid' });
  });

  it.each<[Issuer, object, object]>([
    ['governor', { granted: false }, { kind: 'deny', reason: '', context: {} }],
    ['governor', { granted: false, reason: 7, context: 'x' }, { kind: 'deny', reason: '', context: {} }],
    ['governor', { granted: false, reason: 'r', context: { a: 1 } }, { kind: 'deny', reason: 'r', context: { a: 1 } }],
    [
      'p33',
      { allow: false, reason: 'no_position', context: null },
      { kind: 'deny', reason: 'no_position', context: {} },
    ],
    ['p33', { allow: false, reason: 'r', context: [1] }, { kind: 'deny', reason: 'r', context: {} }],
    ['p33', { allow: false, reason: 'x'.repeat(200) }, { kind: 'deny', reason: 'x'.repeat(128), context: {} }],
  ])('%s: a no is a no with its reason (%#) [P3]', (issuer, permit, reading) =>
    expect(read(issuer, permit)).toEqual(reading),
  );
});

describe('a value that cannot be encoded', () => {
  const endless = '{"a":{"b":[1e999]}}';

  it('does not invalidate a denial that has it as context [C7]', () => {
    const denied = { kind: 'deny', reason: 'r', context: {} };
    expect(read('governor', `{"granted":false,"reason":"r","context":${endless}}`)).toEqual(denied);
    expect(read('p33', `{"allow":false,"reason":"r","context":${endless}}`)).toEqual(denied);
    expect(readGovernorBlock(`{"reason":"r","context":${endless}}`, EXPECTED, 'unsigned')).toEqual(denied);
  });

  it('is not a permit when it is nested thousands of levels deep [C7]', () => {
    const deep = '['.repeat(8_000) + ']'.repeat(8_000);
    const detail = (bytes: string): string => `not a JSON object: ${JSON.stringify(bytes.slice(0, 60))}`;
    for (const bytes of [`{"granted":${deep}}`, `{"granted":false,"context":${deep}}`])
      expect(read('governor', bytes)).toEqual({ kind: 'invalid', detail: detail(bytes) });
  });
});

describe('every field of a permit must match', () => {
  it.each<[string, object, string]>([
    ['plan', { plan_id: 'fedcba9876543210' }, 'plan_id is "fedcba9876543210", not 0123456789abcdef'],
    ['plan of another type', { plan_id: 7 }, 'plan_id is 7, not 0123456789abcdef'],
    ['symbol', { symbol: 'ETHUSDT' }, 'symbol is "ETHUSDT", not BTCUSDT'],
    ['symbol null', { symbol: null }, 'symbol is null, not BTCUSDT'],
    ['plan hash', { plan_hash: 'other' }, 'plan_hash belongs to another plan'],
    ['issuer', { issuer: 'somebody' }, 'issuer is "somebody", not '],
  ])('%s [P5]', (_what, member, detail) => {
    const [issuerOfGovernor, issuerOfPosition] = detail.endsWith('not ') ? ['governor', 'p33'] : ['', ''];
    expect(read('governor', { ...GOVERNOR, ...member })).toEqual({
      kind: 'invalid',
      detail: detail + issuerOfGovernor,
    });
    expect(read('p33', { ...POSITION, ...member })).toEqual({ kind: 'invalid', detail: detail + issuerOfPosition });
  });

  it('the permit of one issuer does not count as the other’s', () => {
    expect(read('governor', { ...GOVERNOR, issuer: 'p33' })).toMatchObject({ kind: 'invalid' });
    expect(read('p33', { ...POSITION, ...GOVERNOR, issuer: 'governor' })).toMatchObject({ kind: 'invalid' });
  });

  it.each<[string, object, string]>([
    ['attempt 1', { attempt: 1 }, 'belongs to attempt 1'],
    ['attempt "2"', { attempt: '2' }, 'belongs to attempt "2"'],
    ['dry run', { mode: 'dry_run', plan_hash: 'other' }, 'was given in mode "dry_run"'],
  ])('%s is not invalid but ignored [P15]', (_what, member, detail) => {
    expect(read('governor', { ...GOVERNOR, ...member })).toEqual({ kind: 'ignored', detail });
    expect(read('p33', { ...POSITION, ...member, allow: false })).toEqual({ kind: 'ignored', detail });
  });

  it.each<[string, object, string | undefined]>([
    ['a moment before it expires', { expires_at_ms: NOW + 1 }, undefined],
    ['at the moment it expires', { expires_at_ms: NOW }, `expired: expires_at_ms is ${NOW}, it is ${NOW}`],
    ['without an end', { expires_at_ms: null }, `expired: expires_at_ms is null, it is ${NOW}`],
    ['with an end in words', { expires_at_ms: 'soon' }, `expired: expires_at_ms is "soon", it is ${NOW}`],
    ['created 5 s ahead', { created_at: NOW / 1000 + 5 }, undefined],
    [
      'created 5.001 s ahead',
      { created_at: NOW / 1000 + 5.001 },
      `created_at is ${NOW / 1000 + 5.001}, which is not before now`,
    ],
    ['created in words', { created_at: '2026' }, 'created_at is "2026", which is not before now'],
    ['created never', { created_at: undefined }, 'created_at is undefined, which is not before now'],
  ])('%s [P8]', (_what, member, detail) => {
    const reading = detail === undefined ? { kind: 'allow' } : { kind: 'invalid', detail };
    expect(read('governor', { ...GOVERNOR, ...member })).toMatchObject(reading);
  });

  it('an infinite time is invalid', () => {
    const endless = JSON.stringify(GOVERNOR).replace(/"expires_at_ms":\d+/, '"expires_at_ms":1e999');
    expect(read('governor', endless)).toEqual({
      kind: 'invalid',
      detail: `expired: expires_at_ms is null, it is ${NOW}`,
    });
    const ageless = JSON.stringify(GOVERNOR).replace(/"created_at":[\d.]+/, '"created_at":-1e999');
    expect(read('governor', ageless)).toEqual({
      kind: 'invalid',
      detail: 'created_at is null, which is not before now',
    });
  });
});

describe("the Position Brain's quantity", () => {
  it.each<[string, string, string]>([
    ['negative', '-0.001', 'safe_close_qty is -0.001; a number above zero is needed'],
    ['zero', '0', 'safe_close_qty is 0; a number above zero is needed'],
    ['a string', '"0.007"', 'safe_close_qty is "0.007"; a number above zero is needed'],
    ['a list', '[0.007]', 'safe_close_qty is [0.007]; a number above zero is needed'],
    ['true', 'true', 'safe_close_qty is true; a number above zero is needed'],
    ['null', 'null', 'safe_close_qty is null; a number above zero is needed'],
    ['without end', '1e999', 'safe_close_qty is null; a number above zero is needed'],
    ['out of range', '1e300', 'safe_close_qty is 1e+300; a number above zero is needed'],
    ['smaller than any', '1e-300', 'safe_close_qty is 1e-300; a number above zero is needed'],
    ['a billion', '1e9', 'safe_close_qty 1000000000 is more than the position of -0.01'],
    [
      'a little more than the position',
      '0.0100000001',
      'safe_close_qty 0.0100000001 is more than the position of -0.01',
    ],
  ])('that is %s gives no order [P6]', (_what, text, detail) => {
    const bytes = JSON.stringify(POSITION).replace('"safe_close_qty":0.007', `"safe_close_qty":${text}`);
    expect(read('p33', bytes)).toEqual({ kind: 'invalid', detail });
  });

  it('that is NaN is not JSON [P6]', () =>
    expect(read('p33', '{"allow":true,"safe_close_qty":NaN}')).toMatchObject({ kind: 'invalid' }));

  it.each([
    ['"-0.01"', 'exchange_position_amt is "-0.01"; a finite number is needed'],
    ['null', 'exchange_position_amt is null; a finite number is needed'],
    ['0', 'safe_close_qty 0.007 is more than the position of 0'],
  ])('is not trusted beside a position of %s [P6]', (text, detail) => {
    const bytes = JSON.stringify(POSITION).replace('"exchange_position_amt":-0.01', `"exchange_position_amt":${text}`);
    expect(read('p33', bytes)).toEqual({ kind: 'invalid', detail });
  });

  it('may be the whole position', () =>
    expect(read('p33', { ...POSITION, safe_close_qty: 0.01 })).toMatchObject({ kind: 'allow' }));

  it('may come without the position it is a part of', () => {
    const { exchange_position_amt: _absent, ...foreign } = POSITION;
    const reading = readPermit('p33', JSON.stringify({ ...foreign, safe_close_qty: 7 }), EXPECTED, 'unsigned');
    if (reading.kind !== 'allow') throw new Error(JSON.stringify(reading));
    expect([reading.permit.maxQty?.toFixed(), reading.permit.exchangePositionAmt]).toEqual(['7', undefined]);
  });

  it('comes with an epoch in text or none', () => {
    expect(read('p33', { ...POSITION, position_epoch: 7 })).toEqual({
      kind: 'invalid',
      detail: 'position_epoch must be text',
    });
    expect(read('p33', { ...POSITION, position_epoch: undefined })).toMatchObject({
      kind: 'allow',
      permit: { positionEpoch: undefined },
    });
  });

  it('of another Position Brain implementation is accepted', () => {
    const foreign =
      '{"allow":true,"symbol":"BTCUSDT","safe_close_qty":0.0062,"exchange_position_amt":0.062,"ledger_amt":0.062}';
    expect(read('p33', foreign)).toMatchObject({
      kind: 'allow',
      permit: { issuer: 'p33', bytes: foreign, manual: false },
    });
  });
});

describe("the Governor's quantity", () => {
  it.each<[string, object, string]>([
    ['negative', { computed_qty: -1 }, 'computed_qty is -1; a number above zero is needed'],
    ['a string', { computed_qty: '1' }, 'computed_qty is "1"; a number above zero is needed'],
    ['of a negative notional', { computed_notional: -1 }, 'computed_notional is -1; a number from zero is needed'],
    [
      'of a notional in words',
      { computed_notional: '720' },
      'computed_notional is "720"; a number from zero is needed',
    ],
    ['consumed', { consumed: true }, 'it was consumed already'],
    ['consumed in words', { consumed: 'True' }, 'consumed is "True"; true or false is needed'],
    ['consumed once', { consumed: 1 }, 'consumed is 1; true or false is needed'],
  ])('that is %s gives no order [P6]', (_what, member, detail) =>
    expect(read('governor', { ...GOVERNOR, ...member })).toEqual({ kind: 'invalid', detail }),
  );

  it.each([
    ['of ours is for a flat symbol', { issuer: 'governor' }, '0'],
    ['of a foreign Governor sets no bound, part of [I1]', {}, undefined],
  ])('of zero %s', (_what, whose, expected) => {
    const permit = { ...GOVERNOR, computed_qty: 0, computed_notional: 0, ...whose };
    const reading = readPermit('governor', JSON.stringify(permit), EXPECTED, 'unsigned');
    expect(reading.kind === 'allow' && reading.permit.maxQty?.toFixed()).toBe(expected);
  });

  it.each([[undefined], [null]])('may be missing (%s)', (absent) =>
    expect(
      read('governor', { ...GOVERNOR, computed_qty: absent, computed_notional: absent, consumed: absent }),
    ).toMatchObject({
      kind: 'allow',
      permit: { maxQty: undefined, manual: false },
    }),
  );

  it('is missing in a permit written by hand', () => {
    expect(read('governor', '{"granted":true}')).toEqual({
      kind: 'allow',
      permit: {
        issuer: 'governor',
        bytes: '{"granted":true}',
        maxQty: undefined,
        exchangePositionAmt: undefined,
        positionEpoch: undefined,
        manual: true,
      },
    });
    for (const member of [{ issuer: 'governor' }, { symbol: 'BTCUSDT' }, { created_at: 1 }])
      expect(read('governor', { granted: true, ...member })).toMatchObject({
        kind: 'allow',
        permit: { manual: false },
      });
  });
});
