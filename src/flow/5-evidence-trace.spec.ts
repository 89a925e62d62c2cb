import { describe, expect, it } from 'vitest';
import { Decimal } from './0-decimal.js';
import { encodeJson } from './0-json.js';
import type { OrderEvidence } from './5-evidence.js';
import { evidenceOfAnswer, evidenceForTrace, settledBy } from './5-evidence-trace.js';

const d = (value: string): Decimal => new Decimal(value);
const seen = (amount: string) => ({ amount: d(amount), fromMs: 1, untilMs: 2 });
const all: OrderEvidence = {
  recordedQty: d('0'),
  ledgerNamesPlan: false,
  before: seen('4'),
  after: seen('3.5'),
  trades: [
    { side: 'SELL', quantity: d('0.5'), timeMs: 1, mayBeOurs: true },
    { side: 'SELL', quantity: d('0.5'), timeMs: 1, mayBeOurs: false },
  ],
  listed: false,
  stream: 'alive_throughout',
  stepSize: d('0.001'),
};

describe('the evidence of an outcome, as the trace shows it; part of [E7]', () => {
  it('has what each source said', () => {
    expect(evidenceForTrace('nothing', { answer: 'HTTP 503', lookUp: 'not found' }, all)).toEqual({
      settled_by: 'nothing',
      answer: 'HTTP 503',
      look_up: 'not found',
      open_orders: 'not listed',
      trades: '1 that may be its own, 1 of others',
      user_stream: '0 filled',
      position_before: '4',
      position_after: '3.5',
      ledger: 'its last fill is not of this plan',
    });
  });

  it.each([
    ['has no vote where it was not alive all the time', '0', undefined, undefined],
    ['has no vote yet', '0', 'not_yet', undefined],
    ['was alive and silent', '0', 'alive_throughout', '0 filled'],
    ['reported a fill, alive or not', '2', undefined, '2 filled'],
  ] as const)('the user stream %s', (_what, recordedQty, stream, said) => {
    const shown = evidenceForTrace('nothing', { lookUp: 'not found' }, { ...all, recordedQty: d(recordedQty), stream });
    expect(shown['user_stream']).toBe(said);
    expect(shown['missing']).toEqual(said === undefined ? ['user_stream'] : undefined);
  });

  it('names what could not be had', () => {
    const none = { recordedQty: undefined, before: undefined, after: undefined, trades: undefined, listed: undefined };
    const shown = evidenceForTrace('operator', {}, { ...all, ...none, ledgerNamesPlan: true });
    expect(JSON.parse(encodeJson(shown))).toEqual({
      settled_by: 'operator',
      ledger: 'its last fill is of this plan',
      missing: ['look_up', 'open_orders', 'trades', 'user_stream', 'position_before', 'position_after'],
    });
  });

  it('of an answered order is the answer', () => {
    expect(evidenceOfAnswer('FILLED, executed 1')).toEqual({ settled_by: 'answer', answer: 'FILLED, executed 1' });
  });

  it.each([
    [{ kind: 'executed', executedQty: d('1'), because: '' } as const, 'user_stream'],
    [{ kind: 'absent', because: '' } as const, 'all_sources'],
    [{ kind: 'contradicted', because: '' } as const, 'nothing'],
    [{ kind: 'undecided', because: '' } as const, 'nothing'],
  ])('%j was settled by %s', (word, by) => {
    expect(settledBy(word)).toBe(by);
  });
});
