import { describe, expect, it } from 'vitest';
import { withdrawn } from '../chaos/checks/standing.js';
import { targets } from '../chaos/checks/targets.js';
import type { Evidence } from '../chaos/evidence.js';
import type { Stamp } from '../chaos/stamps.js';

const PLAN = 'aaaaaaaaaaaaaaaa';
const OTHER = 'bbbbbbbbbbbbbbbb';
const half = (epoch: number, id = 'one'): Record<string, string> => ({
  harvest_action: 'PARTIAL_50',
  proposal_id: id,
  last_update_epoch: String(epoch),
});

function hash(writtenMs: number, fields: Stamp['fields'], sentMs = writtenMs): Stamp {
  return { symbol: 'BTCUSDT', channel: 'hash', fields, sentMs, writtenMs };
}
const stream = (writtenMs: number, fields: Record<string, string>): Stamp => ({
  ...hash(writtenMs, fields),
  channel: 'stream',
});

/** A plan of `half` that was claimed at 1000; `answered`: what of the stream an Apply had answered at 900. */
function claimed(source: 'hash' | 'stream', stamps: readonly Stamp[], answered: readonly Stamp[] = []): string[] {
  const plan = {
    plan_id: PLAN,
    symbol: 'BTCUSDT',
    decision: 'EXECUTE',
    action: 'PARTIAL_50',
    proposal_id: 'one',
    source,
  };
  const evidence = {
    plans: [
      { id: '500-0', fields: plan },
      ...answered.map(() => ({ id: '900-0', fields: { plan_id: OTHER, symbol: 'BTCUSDT', decision: 'SKIP' } })),
    ],
    traces: new Map([[PLAN, [{ step: 'claimed', attempt: 1, at_ms: 1_000 }]]]),
    accepted: answered.map(({ symbol, fields = {} }) => ({ symbol, fields, planId: OTHER })),
    stamps,
  } as unknown as Evidence;
  return withdrawn(evidence).map(({ invariant }) => invariant);
}
const VIOLATED = ['no-claim-after-withdrawal'];

describe('the chaos check that no claim follows a withdrawal', () => {
  it.each<[string, readonly Stamp[], string[]]>([
    ['that stands', [hash(100, half(1))], []],
    ['that was stamped again', [hash(100, half(1)), hash(999, half(2))], []],
    ['that was deleted before', [hash(100, half(1)), hash(999, undefined)], VIOLATED],
    ['that was deleted in the same millisecond', [hash(100, half(1)), hash(1_000, undefined)], []],
    ['that was deleted by a write under way', [hash(100, half(1)), hash(1_005, undefined, 990)], []],
    ['that was deleted afterwards', [hash(100, half(1)), hash(1_001, undefined, 1_001)], []],
    ['that was deleted and is back', [hash(100, half(1)), hash(600, undefined), hash(700, half(2))], []],
    ['that was replaced under another id', [hash(100, half(1)), hash(900, half(2, 'two'))], VIOLATED],
    ['that was put on hold', [hash(100, half(1)), hash(900, { ...half(2), harvest_action: 'HOLD' })], VIOLATED],
    [
      'whose share is written another way',
      [hash(100, half(1)), hash(900, { ...half(2), harvest_action: 'CLOSE_PCT', close_pct: '50' })],
      [],
    ],
  ])('judges a hash %s', (_what, stamps, found) => expect(claimed('hash', stamps)).toEqual(found));

  it('lets a newer entry of the stream count instead of the hash', () => {
    expect(claimed('stream', [hash(100, half(1, 'two')), stream(200, half(2))])).toEqual([]);
    expect(claimed('stream', [stream(100, half(1)), hash(200, half(2, 'two'))])).toEqual(VIOLATED);
  });

  it('lets the hash count over an entry of the stream from the same epoch', () => {
    const other = stream(200, half(1, 'two'));
    expect(claimed('hash', [hash(100, half(1)), other], [other])).toEqual([]);
    const newer = stream(200, half(1.001, 'two'));
    expect(claimed('hash', [hash(100, half(1)), newer], [newer])).toEqual(VIOLATED);
  });

  it('counts another entry of the stream only when an Apply has answered it', () => {
    const other = stream(300, half(2, 'two'));
    expect(claimed('stream', [stream(100, half(1)), other])).toEqual([]);
    expect(claimed('stream', [stream(100, half(1)), other], [other])).toEqual(VIOLATED);
  });
});

/** Orders of a PARTIAL_50 of 1, taken up with its target, and what they filled. */
function filled(fills: readonly string[], takenUp = { amount: '1', target: '0.5' }): string[] {
  const ids = fills.map((_, index) => String(index).repeat(16));
  const evidence = {
    scenario: { positions: { BTCUSDT: '1' }, env: { APPLY_REPEAT_POLICY: 'once_per_episode' } },
    records: {
      trades: fills.map((quantity, index) => ({
        symbol: 'BTCUSDT',
        side: 'SELL',
        quantity,
        timeMs: 20_000 + index,
        clientOrderId: `pg-${ids[index] ?? ''}-0-1`,
      })),
    },
    plans: ids.map((id) => ({
      id: '20000-0',
      fields: { plan_id: id, symbol: 'BTCUSDT', decision: 'EXECUTE', action: 'PARTIAL_50' },
    })),
    takenUp: new Map(ids.map((id) => [id, { identity: 'x', episode: 0, ...takenUp }])),
    stamps: [],
  } as unknown as Evidence;
  return targets(evidence).map(({ what }) => what.replace(/^pg-\d+-0-1 on /, ''));
}

describe('the chaos check that no order passes the target', () => {
  it('finds nothing where the fills reach the target', () => expect(filled(['0.3', '0.2'])).toEqual([]));

  it('finds an order that passes it, whatever the system says', () =>
    expect(filled(['0.3', '0.35'])).toEqual([
      'BTCUSDT: it left 0.35, and the target was 0.5',
      'BTCUSDT: 0.65 of 1 was closed for it, down to 0.5 was allowed',
      'BTCUSDT: 0.65 was closed for a share of 50 % of at most 1',
    ]));

  it('finds a target past the share that was asked for', () =>
    expect(filled(['0.6'], { amount: '1', target: '0.4' })).toEqual([
      'BTCUSDT: the target 0.4 of 1 is past 50 %',
      'BTCUSDT: 0.6 was closed for a share of 50 % of at most 1',
    ]));

  it('finds a target that is computed from an amount that never was', () =>
    expect(filled(['0.5'], { amount: '1.1', target: '0.55' })).toContain(
      'BTCUSDT: taken up from 1.1, which the symbol never had',
    ));
});
