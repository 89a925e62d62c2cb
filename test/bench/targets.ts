import type { Finding } from './scenario.js';

/** One target of this program, and how it is computed from the scenarios' results. */
interface Target {
  readonly figure: string;
  readonly scenario: string;
  readonly wanted: string;
  readonly unit: string;
  readonly value: (figures: Finding['figures']) => number;
  readonly bound: Bound;
}

interface Bound {
  readonly better: 'low' | 'high';
  readonly holds: (value: number) => boolean;
}

export interface Verdict {
  readonly scenario: string;
  readonly figure: string;
  readonly wanted: string;
  readonly better: Bound['better'];
  /** `null` where it was not measured. */
  readonly measured: number | null;
  readonly unit: string;
  readonly verdict: 'met' | 'missed' | 'not measured';
}

const atMost = (most: number): Bound => ({ better: 'low', holds: (value) => value <= most });
const atLeast = (least: number): Bound => ({ better: 'high', holds: (value) => value >= least });
const figure =
  (name: string) =>
  (figures: Finding['figures']): number =>
    figures[name] ?? Number.NaN;
const ratio =
  (above: string, below: string) =>
  (figures: Finding['figures']): number =>
    (figures[above] ?? Number.NaN) / (figures[below] ?? Number.NaN);

const row = (
  name: string,
  scenario: string,
  wanted: string,
  unit: string,
  value: Target['value'],
  bound: Bound,
): Target => ({ figure: name, scenario, wanted, unit, value, bound });

const TARGETS: readonly Target[] = [
  row('wait, signed orders, three processes, median', 'production', '≤ 2.5 ms', 'ms', figure('ours.p50'), atMost(2.5)),
  row('burst of all symbols: first attempts without permits', 'burst', '0', '', figure('ours.timeouts'), atMost(0)),
  row('burst of all symbols: the last claim', 'burst', '≤ 1.5 s', 'ms', figure('ours.lastMs'), atMost(1_500)),
  row("burst at the exchange's limits: plans not executed", 'burst', '0', '', figure('ours.limited.lost'), atMost(0)),
  row(
    "burst at the exchange's limits: full closes first",
    'burst',
    '≥ 95 %',
    '%',
    figure('ours.limited.urgentFirst'),
    atLeast(95),
  ),
  row('wait, signed orders, three processes, p99', 'production', '≤ 8 ms', 'ms', figure('ours.p99'), atMost(8)),
  row('wait with 1 ms to Redis and back, beyond two of them', 'rtt', '≤ 1 ms', 'ms', figure('1.beyondMs'), atMost(1)),
  row('wait with 5 ms to Redis and back, beyond two of them', 'rtt', '≤ 1 ms', 'ms', figure('5.beyondMs'), atMost(1)),
  row('Redis keeps of a finished plan', 'retention', '≤ 2 kB', 'bytes', figure('keptBytes'), atMost(2_000)),
  row('a plan appends to the file', 'retention', '≤ 8 kB', 'bytes', figure('aofBytes'), atMost(8_000)),
  row(
    "Position Brain permit against the guide's, median",
    'peer',
    '≤ 0.8 ×',
    '×',
    ratio('ours.permit.p50', 'guide.permit.p50'),
    atMost(0.8),
  ),
  row(
    "Position Brain permit against the guide's, p99",
    'peer',
    '≤ 0.5 ×',
    '×',
    ratio('ours.permit.p99', 'guide.permit.p99'),
    atMost(0.5),
  ),
  row(
    'throughput against a flow of BullMQ',
    'flows',
    '≥ 2 ×',
    '×',
    ratio('ours.perSecond', 'bullmq.perSecond'),
    atLeast(2),
  ),
  row('late with a venue that takes 500 ms', 'peer', '0 %', '%', figure('ours.latePercent'), atMost(0)),
  row('wait at 50 plans/s, median', 'latency', '≤ 1.0 ms', 'ms', figure('ours.50.p50'), atMost(1)),
  row(
    'wait at 50 plans/s, median against the floor',
    'latency',
    '≤ 1.5 ×',
    '×',
    ratio('ours.50.p50', 'floor.50.p50'),
    atMost(1.5),
  ),
  row('wait at 50 plans/s, p99', 'latency', '≤ 5 ms', 'ms', figure('ours.50.p99'), atMost(5)),
  row(
    "the guide's wait against ours, median at 50/s",
    'latency',
    '≥ 60 ×',
    '×',
    ratio('guide.50.p50', 'ours.50.p50'),
    atLeast(60),
  ),
  row('wait at 50 plans/s with signing, median', 'signing', '≤ 2.0 ms', 'ms', figure('ed25519.p50'), atMost(2)),
  row('throughput, one process, dry run', 'throughput', '≥ 1 500/s', '/s', figure('ours.perSecond'), atLeast(1_500)),
  row(
    'throughput against the floor',
    'throughput',
    '≥ 60 %',
    '%',
    (figures) => 100 * ratio('ours.perSecond', 'floor.perSecond')(figures),
    atLeast(60),
  ),
  row(
    'a plan with 1 000 symbols, cost against one',
    'symbols',
    '≤ 120 %',
    '%',
    (figures) => 100 * ratio('1000.cpuMs', '1.cpuMs')(figures),
    atMost(120),
  ),
  row('plans with two results, any number of instances', 'instances', '0', '', figure('duplicates'), atMost(0)),
  row(
    'four instances against one, rate carried',
    'instances',
    '≥ 50 %',
    '%',
    (figures) => 100 * ratio('four.perSecond', 'one.perSecond')(figures),
    atLeast(50),
  ),
  row(
    'wait while 40 others wait, against alone',
    'crowd',
    '80–120 %',
    '%',
    (figures) => 100 * ratio('among.p50', 'alone.p50')(figures),
    atMost(120),
  ),
  row('our part of an order over a bare signed call', 'orders', '≤ 0.8 ms', 'ms', figure('ourPartMs'), atMost(0.8)),
  row(
    'weight a minute, 60 positions, 4 copies, idle',
    'weight',
    '≤ 100',
    '',
    figure('ours.idle.60.4.weight'),
    atMost(100),
  ),
  row('refused at 3 orders/s, 60 positions', 'weight', '0', '', figure('ours.busy.60.refused'), atMost(0)),
  row('not ready at 3 orders/s, 60 positions', 'weight', '0 %', '%', figure('ours.busy.60.notReadyPercent'), atMost(0)),
  row(
    'plan to result at 8 orders/s, 300 positions, p90',
    'weight',
    '≤ 1 s',
    'ms',
    figure('ours.busy.300.p90'),
    atMost(1_000),
  ),
  row('commands of a plan that clients send, dry run', 'counts', '≤ 22', '', figure('ours.sent'), atMost(22)),
  row('start to ready, all roles', 'start-up', '≤ 1.0 s', 's', figure('seconds'), atMost(1)),
  row('resident memory after many plans', 'memory', '≤ 130 MB', 'MB', figure('residentMb'), atMost(130)),
  row('growth of memory after warm-up', 'memory', '≤ 5 %', '%', figure('growthPercent'), atMost(5)),
  row('CPU when idle, 1 symbol', 'idle', '≤ 0.3 %', '%', figure('1.percent'), atMost(0.3)),
  row('CPU when idle, 566 symbols', 'idle', '≤ 0.6 %', '%', figure('566.percent'), atMost(0.6)),
  row('Redis commands a second when idle, 1 symbol', 'idle', '≤ 6', '', figure('1.commands'), atMost(6)),
  row('Redis commands a second when idle, 566 symbols', 'idle', '≤ 6', '', figure('566.commands'), atMost(6)),
];

/** The targets of the scenarios that were run. */
export function verdicts(findings: ReadonlyMap<string, Finding>): Verdict[] {
  return TARGETS.flatMap(({ figure: name, scenario, wanted, unit, value, bound }): Verdict[] => {
    const found = findings.get(scenario);
    if (found === undefined) return [];
    const measured = value(found.figures);
    const about = { scenario, figure: name, wanted, better: bound.better, unit };
    if (Number.isNaN(measured)) return [{ ...about, measured: null, verdict: 'not measured' }];
    return [{ ...about, measured, verdict: bound.holds(measured) ? 'met' : 'missed' }];
  });
}
