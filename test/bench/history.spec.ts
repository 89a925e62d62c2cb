import { describe, expect, it } from 'vitest';
import type { Report } from './bench.js';
import { changesOf, type Past, pastOf } from './history.js';

const FIGURE = 'wait at 50 plans/s, median';
const THROUGHPUT = 'throughput, one process, dry run';

function report(wait: number, perSecond: number, node = '20.20.2'): Report {
  const about = { cpu: 'a cpu', cores: 2, memoryGb: 24, node, redis: '7', fsync: 'everysec', commit: 'abc' };
  const finding = { title: '', head: [], rows: [], node };
  const verdict = { wanted: '', unit: '', verdict: 'met' } as const;
  return {
    machine: { ...about, startedAt: '2026-01-01T00:00:00.000Z' },
    effort: 'normal',
    findings: {
      latency: { ...finding, figures: { 'ours.50.p50': wait } },
      throughput: { ...finding, figures: { 'ours.perSecond': perSecond } },
    },
    verdicts: [
      { ...verdict, scenario: 'latency', figure: FIGURE, better: 'low', measured: wait },
      { ...verdict, scenario: 'throughput', figure: THROUGHPUT, better: 'high', measured: perSecond },
      { ...verdict, scenario: 'latency', figure: 'never', better: 'low', measured: null },
    ],
  };
}
const worse = (now: Report, history: readonly Past[]): (readonly [string, number])[] =>
  changesOf(now, history).map(({ figure, worsePercent }) => [figure, Math.round(worsePercent)]);

describe('the history of the bench', () => {
  it('says by how much each target is worse, whichever way it points', () => {
    expect(worse(report(3, 500), pastOf(report(2, 1_000)))).toEqual([
      [FIGURE, 50],
      [THROUGHPUT, 100],
    ]);
    expect(worse(report(1, 1_000), pastOf(report(2, 500)))).toEqual([
      [FIGURE, -50],
      [THROUGHPUT, -50],
    ]);
  });

  it('compares with the newest run of the same machine, effort and line of Node', () => {
    const history = [report(1, 1), report(4, 4, '24.1.0'), report(2, 2, '20.19.0')].flatMap((each) => pastOf(each));
    expect(changesOf(report(2, 2), history).map(({ before }) => before)).toEqual([2, 2]);
    expect(changesOf(report(2, 2, '24.2.0'), history).map(({ before }) => before)).toEqual([4, 4]);
    const elsewhere = history.map((past) => ({ ...past, machine: 'another' }));
    expect(changesOf(report(2, 2), elsewhere)).toEqual([]);
    expect(changesOf({ ...report(2, 2), effort: 'quick' }, history)).toEqual([]);
  });

  it('keeps a target that was not measured out', () => {
    expect(Object.keys(pastOf(report(1, 1))[0]?.targets ?? {})).toEqual([FIGURE]);
  });
});
