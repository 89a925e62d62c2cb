import { describe, expect, it } from 'vitest';
import {
  type AuditEntry,
  auditKeysIn,
  CHAIN_START,
  type ChainEnd,
  GENESIS,
  headOf,
  linkEntry,
  NO_KEY,
  placeOf,
  proofOf,
  readHead,
} from './audit-chain.js';

const CHAIN = 'apply:host-1';
const [key = NO_KEY, otherKey = NO_KEY] = auditKeysIn(`${'a'.repeat(32)}\n${'b'.repeat(32)}\n`);
const FACTS = { actor: 'anna', action: 'kill_switch.release', target: '', outcome: 'ok', reason: 'r' };
const place = (after: ChainEnd = CHAIN_START, id = '1700000000000-0') => ({
  chain: CHAIN,
  id,
  after,
  atMs: 1_700_000_000_000,
  heads: {},
});

describe('an entry', () => {
  it('holds its facts, its place and what it links to; what is empty is left out', () => {
    const facts = { ...FACTS, before: { engaged: true }, after: { engaged: false }, details: { qty: '0.007' } };
    const { fields } = linkEntry(place(), facts, key);
    expect(fields).toEqual({
      seq: '1',
      at: '2023-11-14T22:13:20.000Z',
      actor: 'anna',
      action: 'kill_switch.release',
      target: '',
      outcome: 'ok',
      reason: 'r',
      before: '{"engaged":true}',
      after: '{"engaged":false}',
      details: '{"qty":"0.007"}',
      kid: key.kid,
      prev: GENESIS,
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('is proven by its key, also when that only verifies by now', () => {
    const entry = linkEntry(place(), FACTS, otherKey);
    expect(proofOf(CHAIN, entry, [key, otherKey])).toBe('proven');
    expect(proofOf(CHAIN, entry, [key])).toBe('no_key');
    expect(proofOf(CHAIN, linkEntry(place(), FACTS, NO_KEY), [key])).toBe('hashed');
  });

  it.each<[string, (entry: AuditEntry) => AuditEntry, string?]>([
    ['another actor', ({ id, fields }) => ({ id, fields: { ...fields, actor: 'bert' } })],
    ['a further field', ({ id, fields }) => ({ id, fields: { ...fields, more: '' } })],
    [
      'a field less',
      ({ id, fields }) => {
        const { reason: _reason, ...rest } = fields;
        return { id, fields: rest };
      },
    ],
    ['another id', ({ fields }) => ({ id: '1700000000001-0', fields })],
    ['the name of another key', ({ id, fields }) => ({ id, fields: { ...fields, kid: otherKey.kid } })],
    ['no key, and the hash as it was', ({ id, fields }) => ({ id, fields: { ...fields, kid: '' } })],
    ['another chain', (entry) => entry, 'apply:host-2'],
  ])('is wrong with %s', (_, change, chain = CHAIN) => {
    expect(proofOf(chain, change(linkEntry(place(), FACTS, key)), [key, otherKey])).toBe('wrong');
  });

  it('is whole with any text, and of bounded size', () => {
    for (const text of ['\uD800 half a pair', '🚦 ü', 'x'.repeat(100_000), '', '"\n\u0000']) {
      const facts = { ...FACTS, reason: text, target: text, before: { text, more: text }, after: text };
      const { id, fields } = linkEntry(place(), facts, key);
      const stored = Object.fromEntries(
        Object.entries(fields).map(([name, value]) => [name, Buffer.from(value).toString()]),
      );
      expect(proofOf(CHAIN, { id, fields: stored }, [key])).toBe('proven');
      expect(JSON.stringify(fields).length).toBeLessThan(6_000);
    }
  });

  it.each([
    ['actor', undefined, 'it has no actor'],
    ['seq', '0', 'its seq is no number'],
    ['seq', '1e3', 'its seq is no number'],
    ['hash', 'x', 'its prev or hash is no digest'],
  ])('has no place in a chain with the %s %s', (name, value, why) => {
    const { id, fields } = linkEntry(place(), FACTS, key);
    const changed = { ...fields, [name]: value } as AuditEntry['fields'];
    expect(placeOf({ id, fields: changed })).toBe(why);
  });
});

describe('the recorded end of a chain', () => {
  const end = { seq: 12, hash: 'c'.repeat(64) };
  it('is read with its proof', () => {
    expect(readHead(CHAIN, headOf(CHAIN, end, key), [key])).toEqual({ ...end, proof: 'proven' });
    expect(readHead(CHAIN, headOf(CHAIN, end, otherKey), [key])).toEqual({ ...end, proof: 'no_key' });
    expect(readHead(CHAIN, headOf(CHAIN, end, NO_KEY), [key])).toEqual({ ...end, proof: 'hashed' });
  });

  it('is wrong with another number, or for another chain', () => {
    const text = headOf(CHAIN, end, key);
    expect(readHead(CHAIN, text.replace(/^12/, '11'), [key])?.proof).toBe('wrong');
    expect(readHead('governor:host-1', text, [key])?.proof).toBe('wrong');
  });

  it.each(['', 'garbage', '12', `0:${'c'.repeat(64)}::${'d'.repeat(32)}`])('is no end: %j', (text) => {
    expect(readHead(CHAIN, text, [key])).toBeUndefined();
  });
});
