import { describe, expect, it } from 'vitest';
import type { Finding } from './scenario.js';
import { verdicts } from './targets.js';

const found = (figures: Finding['figures']): ReadonlyMap<string, Finding> =>
  new Map([['latency', { title: '', head: [], rows: [], figures }]]);

describe('verdicts', () => {
  it('judge what was measured, ratios included, and name what was not', () => {
    const judged = verdicts(found({ 'ours.50.p50': 0.9, 'floor.50.p50': 0.5, 'guide.50.p50': 90 }));
    expect(judged.map(({ measured, verdict }) => [measured, verdict])).toEqual([
      [0.9, 'met'],
      [1.8, 'missed'],
      [null, 'not measured'],
      [100, 'met'],
    ]);
  });

  it('leave out scenarios that were not run', () => {
    expect(verdicts(new Map())).toEqual([]);
  });
});
