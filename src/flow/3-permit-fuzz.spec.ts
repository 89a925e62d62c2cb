import { describe, expect, it } from 'vitest';
import type { Issuer } from './3-permit.js';
import { type PermitReading, readGovernorBlock, readPermit } from './3-permit-reading.js';

const MUTATIONS = 100_000;
const NOW = 1_769_860_800_000;
const EXPECTED = {
  planId: 'abc',
  symbol: 'BTCUSDT',
  attempt: 2,
  mode: 'testnet',
  planHash: 'hash',
  account: 'account',
  action: 'PARTIAL_75',
  nowMs: NOW,
} as const;
const BOUND = {
  plan_id: 'abc',
  symbol: 'BTCUSDT',
  attempt: 2,
  mode: 'testnet',
  plan_hash: 'hash',
  expires_at_ms: NOW + 60_000,
  created_at: NOW / 1000,
  context: { snapshot_age_ms: 12 },
};
const VALID: readonly (readonly [Issuer, Record<string, unknown>])[] = [
  [
    'governor',
    { granted: true, computed_qty: 0.0075, computed_notional: 720, consumed: false, issuer: 'governor', ...BOUND },
  ],
  ['governor', { granted: true }],
  [
    'p33',
    { allow: true, safe_close_qty: 0.007, exchange_position_amt: -0.01, position_epoch: '7', issuer: 'p33', ...BOUND },
  ],
  ['p33', { allow: true, safe_close_qty: 0.007 }],
  ['governor', { granted: false, reason: 'burst_limit_exceeded', ...BOUND }],
  ['p33', { allow: false, reason: 'no_position', ...BOUND }],
];
const STRANGE: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -0,
  1,
  -1,
  2,
  1e9,
  1e300,
  1e-300,
  0.007,
  '',
  '0.007',
  'true',
  'True',
  'abc',
  'NaN',
  [],
  [1],
  {},
  { a: 1 },
  NOW,
  NOW - 1,
  NOW + 1,
  NOW / 1000 + 6,
  'testnet',
  'dry_run',
  'p33',
  'governor',
  'BTCUSDT',
  '__proto__',
  '\u0000',
  'é'.repeat(50),
];
const RAW = [
  '1e999',
  '-1e999',
  'NaN',
  'Infinity',
  '0x1',
  '1_0',
  "'x'",
  '\\u0000',
  '{',
  '[',
  ']',
  '}',
  ',',
  '"',
  ':',
  '-',
  '\\',
];

/** mulberry32: the whole run follows from its seed. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Swaps, drops and invents members. */
function mutateMembers(permit: Record<string, unknown>, random: (below: number) => number): string {
  const mutated = { ...permit };
  const names = [...Object.keys(VALID[0]?.[1] ?? {}), ...Object.keys(VALID[2]?.[1] ?? {}), 'consumed', 'x'];
  for (let times = 1 + random(3); times > 0; times -= 1) {
    const name = names[random(names.length)] ?? 'x';
    if (random(4) === 0) delete mutated[name];
    else mutated[name] = STRANGE[random(STRANGE.length)];
  }
  return JSON.stringify(mutated);
}

/** Cuts, doubles and overwrites pieces of the text. */
function mutateText(text: string, random: (below: number) => number): string {
  let mutated = text;
  for (let times = 1 + random(3); times > 0; times -= 1) {
    const at = random(mutated.length + 1);
    const upTo = at + random(6);
    const piece =
      [RAW[random(RAW.length)] ?? '', String.fromCharCode(random(0x250)), mutated.slice(at, upTo + 8), ''][random(4)] ??
      '';
    mutated = mutated.slice(0, at) + piece + mutated.slice(upTo);
  }
  return mutated;
}

const absent = (value: unknown): boolean => value === undefined || value === null;
const fits = (value: unknown, wanted: unknown): boolean => value === undefined || value === wanted;
const positive = (value: unknown): value is number => typeof value === 'number' && value > 1e-40 && value < 1e40;

/** What CONTRACT says a usable permit is, written down a second time. */
function mayBeUsed(issuer: Issuer, bytes: string): boolean {
  let permit: Record<string, unknown>;
  try {
    permit = JSON.parse(bytes) as Record<string, unknown>;
  } catch {
    return false;
  }
  if (permit === null || typeof permit !== 'object' || Array.isArray(permit)) return false;
  const own = (name: string): unknown => (Object.hasOwn(permit, name) ? permit[name] : undefined);
  const bound =
    fits(own('plan_id'), 'abc') &&
    fits(own('symbol'), 'BTCUSDT') &&
    fits(own('issuer'), issuer) &&
    fits(own('attempt'), 2) &&
    fits(own('mode'), 'testnet') &&
    fits(own('plan_hash'), 'hash');
  const end = own('expires_at_ms');
  const made = own('created_at');
  const inTime =
    end === undefined ||
    (Number.isFinite(end) && Number(end) > NOW && Number.isFinite(made) && Number(made) * 1000 <= NOW + 5_000);
  if (!bound || !inTime) return false;
  if (issuer === 'governor') {
    const [qty, notional] = [own('computed_qty'), own('computed_notional')];
    const qtyFits = absent(qty) || qty === 0 || positive(qty);
    const notionalFits = absent(notional) || (typeof notional === 'number' && notional >= 0 && notional < 1e40);
    return own('granted') === true && (own('consumed') ?? false) === false && qtyFits && notionalFits;
  }
  const [qty, amt, epoch] = [own('safe_close_qty'), own('exchange_position_amt'), own('position_epoch')];
  const withinPosition =
    amt === undefined || (typeof amt === 'number' && Math.abs(amt) < 1e40 && Number(qty) <= Math.abs(amt));
  return own('allow') === true && positive(qty) && withinPosition && (epoch === undefined || typeof epoch === 'string');
}

describe('a damaged permit', () => {
  it(`never makes the reader throw, and is used only if it still matches, ${MUTATIONS} times [C7] [P3] [P6]`, () => {
    const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
    process.stdout.write(`permit fuzz: FUZZ_SEED=${seed}\n`);
    const random = randomFrom(seed);
    const wrong: string[] = [];
    const seen: Partial<Record<PermitReading['kind'], number>> = { allow: 0, deny: 0, invalid: 0, ignored: 0 };
    for (let run = 0; run < MUTATIONS; run += 1) {
      const [issuer, valid] = VALID[random(VALID.length)] ?? ['governor', {}];
      const bytes = random(2) === 0 ? mutateMembers(valid, random) : mutateText(JSON.stringify(valid), random);
      const reading = readPermit(issuer, bytes, EXPECTED, 'unsigned');
      seen[reading.kind] = (seen[reading.kind] ?? 0) + 1;
      const usable = reading.kind === 'allow';
      const isBound = !usable || reading.permit.maxQty?.isFinite() !== false;
      if (usable !== mayBeUsed(issuer, bytes) || !isBound)
        wrong.push(`run ${run}: ${issuer} ${bytes}: ${reading.kind}`);
      if (readGovernorBlock(bytes, EXPECTED, 'unsigned').kind === 'allow')
        wrong.push(`run ${run}: the block ${bytes} said yes`);
    }
    expect(wrong, `FUZZ_SEED=${seed}`).toEqual([]);
    expect(Object.keys(seen)).toHaveLength(4);
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(1_000);
  });
});
