import canonicalize from 'canonicalize';
import type { Issuer } from '../../src/flow/3-permit.js';
import type { PermitExpectation } from '../../src/flow/3-permit-reading.js';
import { sealPermit, type SigningKey } from '../../src/flow/3-permit-signature.js';
import type { JsonObject } from '../../src/flow/0-json.js';
import type { Random } from '../chaos/random.js';

type Members = Record<string, unknown>;

/** What a forger has: the target attempt, and keys that are not the issuer's trusted key. */
export interface ForgeryContext {
  readonly expected: PermitExpectation;
  /** The trusted keys: for texts that their owner signed for something else, and for damaged genuine permits. */
  readonly keys: Readonly<Record<Issuer, SigningKey>>;
  readonly revoked: Readonly<Record<Issuer, SigningKey>>;
  readonly stranger: SigningKey;
}

export interface Forgery {
  readonly kind: string;
  readonly issuer: Issuer;
  readonly bytes: string;
}

const GRANTS: Readonly<Record<Issuer, Members>> = {
  governor: {
    granted: true,
    decision: 'EXECUTE',
    computed_qty: 0.0075,
    computed_notional: 723.75,
    consumed: false,
    max_qty: 0.0075,
    max_notional: 723.75,
  },
  p33: {
    allow: true,
    safe_close_qty: 0.007,
    exchange_position_amt: 0.01,
    ledger_amt: 0.01,
    snapshot_ts_ms: 5,
  },
};

function nonceOf(random: Random): string {
  return Array.from({ length: 22 }, () => random.pick('ABCDEFGHijklmnop0123456789-_'.split(''))).join('');
}

/** The members of a genuine permit, before it is signed. */
export function genuineMembers(issuer: Issuer, expected: PermitExpectation): Members {
  return {
    ...GRANTS[issuer],
    symbol: expected.symbol,
    created_at: expected.nowMs / 1000,
    plan_id: expected.planId,
    attempt: expected.attempt,
    mode: expected.mode,
    plan_hash: expected.planHash,
    account: expected.account,
    action: expected.action,
    side: 'SELL',
    issuer,
    expires_at_ms: expected.nowMs + 60_000,
    context: { day: '20260131', snapshot_age_ms: 12 },
  };
}

export function seal(members: Members, key: SigningKey, random: Random): string {
  return sealPermit(members as JsonObject, key, nonceOf(random));
}

const parse = (bytes: string): Members => JSON.parse(bytes) as Members;
const text = (members: Members): string => JSON.stringify(members);

function canonical(bytes: string): string | undefined {
  try {
    return canonicalize(JSON.parse(bytes));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Another value of the same type for a member. */
function other(value: unknown, random: Random): unknown {
  if (typeof value === 'number') return random.pick([value + 1, value * 10, value / 2, -value - 1, 1e9, value + 0.001]);
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'string')
    return random.pick([`${value}x`, value.slice(1), 'ETHUSDT', 'f'.repeat(64), 'p34', nonceOf(random)]);
  return random.pick([{}, { day: '20260201' }, [], null]);
}

/** One way to forge a permit for this attempt. */
type Forger = (issuer: Issuer, context: ForgeryContext, random: Random) => string;

const opposite = (issuer: Issuer): Issuer => (issuer === 'governor' ? 'p33' : 'governor');

/** Genuine permits to damage; signing is slow, so they are made once per context. */
const POOL_SIZE = 4;
const pools = new WeakMap<ForgeryContext, Readonly<Record<Issuer, readonly string[]>>>();

const genuine: Forger = (issuer, context, random) => {
  const make = (each: Issuer): string[] =>
    Array.from({ length: POOL_SIZE }, () => seal(genuineMembers(each, context.expected), context.keys[each], random));
  const pool = pools.get(context) ?? { governor: make('governor'), p33: make('p33') };
  pools.set(context, pool);
  return random.pick(pool[issuer]);
};

function changed(bytes: string, change: Members): string {
  return text({ ...parse(bytes), ...change });
}

/** The order of the group, for the signature with S + L that careless verifiers take. */
const L = 2n ** 252n + 27742317777372353535851937790883648493n;

function addGroupOrder(sig: string): string {
  const bytes = Buffer.from(sig, 'base64url');
  let s = 0n;
  for (const byte of bytes.subarray(32).toReversed()) s = s * 256n + BigInt(byte);
  s += L;
  for (let index = 32; index < 64; index += 1, s /= 256n) bytes[index] = Number(s % 256n);
  return bytes.toString('base64url');
}

/** What a signature may end with: the last character holds two bits. */
const LAST = ['A', 'Q', 'g', 'w'];

const FORGERS: Readonly<Record<string, Forger>> = {
  'bit flipped': (issuer, context, random) => {
    const original = genuine(issuer, context, random);
    for (;;) {
      const bytes = Buffer.from(original);
      const at = random.between(0, bytes.length - 1);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.between(0, 7));
      // The same members in other bytes are the same permit, such as a number with more digits than a double.
      if (canonical(bytes.toString()) !== canonical(original)) return bytes.toString();
    }
  },
  'changed after signing': (issuer, context, random) => {
    const permit = parse(genuine(issuer, context, random));
    const name = random.pick(Object.keys(permit));
    return text({ ...permit, [name]: other(permit[name], random) });
  },
  'cut or added after signing': (issuer, context, random) => {
    const { [random.pick(['context', 'nonce', 'kid', 'sig', 'plan_hash'])]: _cut, ...rest } = parse(
      genuine(issuer, context, random),
    );
    return random.chance(0.5) ? text(rest) : changed(genuine(issuer, context, random), { safe_qty: 1, x: null });
  },
  unsigned: (issuer, { expected }, random) => {
    const members = genuineMembers(issuer, expected);
    return random.pick([
      text(members),
      text({ ...members, kid: 'x', nonce: nonceOf(random) }),
      issuer === 'governor' ? '{"granted":true}' : text(GRANTS.p33),
    ]);
  },
  're-bound by its own issuer': (issuer, { expected, keys }, random) => {
    const members = genuineMembers(issuer, expected);
    const name = random.pick(['plan_id', 'symbol', 'plan_hash', 'account', 'action', 'attempt', 'mode', 'issuer']);
    const value = name === 'mode' ? random.pick(['dry_run', 'production', 'TESTNET']) : other(members[name], random);
    return seal({ ...members, [name]: value }, keys[issuer], random);
  },
  'without a binding, from its own issuer': (issuer, { expected, keys }, random) => {
    const bound = ['plan_id', 'symbol', 'plan_hash', 'account', 'action', 'side', 'attempt', 'mode', 'issuer'];
    const bounds = issuer === 'governor' ? ['max_qty', 'max_notional'] : [];
    const names = [...bound, ...bounds, 'created_at', 'expires_at_ms'];
    return seal({ ...genuineMembers(issuer, expected), [random.pick(names)]: undefined }, keys[issuer], random);
  },
  expired: (issuer, { expected, keys }, random) => {
    const expires_at_ms = expected.nowMs - random.between(0, 60_000);
    const created_at = expires_at_ms / 1000 - 60;
    return seal({ ...genuineMembers(issuer, expected), created_at, expires_at_ms }, keys[issuer], random);
  },
  'future-dated': (issuer, { expected, keys }, random) => {
    const created_at = expected.nowMs / 1000 + random.between(10, 10_000);
    const expires_at_ms = created_at * 1000 + 60_000;
    return seal({ ...genuineMembers(issuer, expected), created_at, expires_at_ms }, keys[issuer], random);
  },
  'times that are no times': (issuer, { expected, keys }, random) => {
    const strange = random.pick<unknown>([null, '9999999999999', {}, [], true, -1]);
    const name = random.pick(['created_at', 'expires_at_ms']);
    const members = { ...genuineMembers(issuer, expected), [name]: strange };
    // An old creation time is no fault: the permit is valid until its expiry.
    return name === 'created_at' && strange === -1 ? text(members) : seal(members, keys[issuer], random);
  },
  'of an unknown key': (issuer, { expected, keys, stranger }, random) => {
    const kid = random.pick([stranger.kid, keys[issuer].kid, keys[opposite(issuer)].kid]);
    return seal(genuineMembers(issuer, expected), { kid, privateKey: stranger.privateKey }, random);
  },
  "of the other issuer's key": (issuer, { expected, keys }, random) => {
    const key = keys[opposite(issuer)];
    const kid = random.pick([key.kid, keys[issuer].kid]);
    return seal(genuineMembers(issuer, expected), { kid, privateKey: key.privateKey }, random);
  },
  'of a revoked key': (issuer, { expected, revoked, keys }, random) => {
    const kid = random.pick([revoked[issuer].kid, keys[issuer].kid]);
    return seal(genuineMembers(issuer, expected), { kid, privateKey: revoked[issuer].privateKey }, random);
  },
  "with another permit's signature": (issuer, context, random) => {
    const { sig, nonce } = parse(seal(genuineMembers(issuer, context.expected), context.keys[issuer], random));
    return changed(
      genuine(issuer, context, random),
      random.chance(0.5) ? { sig } : { sig, nonce: `${String(nonce)}x` },
    );
  },
  'a signature in another text': (issuer, context, random) => {
    const sig = String(parse(genuine(issuer, context, random))['sig']);
    const last = sig.at(-1) ?? '';
    const signature = random.pick<unknown>([
      `${sig}==`,
      `${sig.slice(0, -1)}${String.fromCharCode(last.charCodeAt(0) + 1)}`,
      `${sig}A`,
      ` ${sig}`,
      sig.slice(0, random.between(0, 85)),
      sig.toUpperCase(),
      Buffer.from(sig, 'base64url').toString('hex'),
      `${sig.slice(0, -1)}${random.pick(LAST.filter((each) => each !== last))}`,
      addGroupOrder(sig),
      [sig],
      { sig },
      null,
      0,
      '',
      'A'.repeat(86),
    ]);
    return changed(genuine(issuer, context, random), { sig: signature });
  },
  'a kid or nonce of another kind': (issuer, context, random) =>
    changed(genuine(issuer, context, random), {
      [random.pick(['kid', 'nonce'])]: random.pick<unknown>([null, 0, '', [], {}, '__proto__', 'a'.repeat(10_000)]),
    }),
  'JSON that readers disagree about': (issuer, context, random) => {
    const bytes = genuine(issuer, context, random);
    const inside = random.pick([
      '"safe_close_qty":1,"computed_qty":1',
      '"x":1e999',
      '"x":"\\ud800"',
      '"\\udfff":1',
      '"__proto__":{"granted":true,"allow":true}',
      `"x":${'['.repeat(7_000)}${']'.repeat(7_000)}`,
      `"x":${'{"x":'.repeat(2_000)}1${'}'.repeat(2_000)}`,
    ]);
    return `${bytes.slice(0, -1)},${inside}}`;
  },
};

export const FORGERY_KINDS = Object.keys(FORGERS);

/** A forged permit of a random kind: it must never count as the issuer's. */
export function forge(context: ForgeryContext, random: Random, kind = random.pick(FORGERY_KINDS)): Forgery {
  const issuer = random.pick(['governor', 'p33'] as const);
  return { kind, issuer, bytes: FORGERS[kind]?.(issuer, context, random) ?? '' };
}
