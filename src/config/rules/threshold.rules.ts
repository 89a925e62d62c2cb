import { fault, shown } from '../fault.js';
import { rule } from './rule.js';

export const thresholdRules = [
  rule(
    '`APPLY_PERMIT_STEP_MS` is smaller than `APPLY_PERMIT_WAIT_MS`.',
    ['applyPermitStepMs', 'applyPermitWaitMs'],
    ({ applyPermitStepMs: stepMs, applyPermitWaitMs: waitMs }) => [
      stepMs < waitMs ||
        fault('APPLY_PERMIT_STEP_MS', shown(stepMs), `less than APPLY_PERMIT_WAIT_MS, which is ${waitMs}`),
    ],
  ),

  rule(
    '`K_BLOCK_WARNING` is at most `K_BLOCK_CRITICAL`.',
    ['kBlockWarning', 'kBlockCritical'],
    ({ kBlockWarning, kBlockCritical }) => [
      kBlockWarning <= kBlockCritical ||
        fault('K_BLOCK_WARNING', shown(kBlockWarning), `at most K_BLOCK_CRITICAL, which is ${kBlockCritical}`),
    ],
  ),

  rule(
    '`P33_PERMIT_TTL` and `GOV_PERMIT_TTL` are longer than the window, `APPLY_PERMIT_WAIT_MS`.',
    ['p33PermitTtl', 'govPermitTtl', 'applyPermitWaitMs'],
    ({ p33PermitTtl, govPermitTtl, applyPermitWaitMs: waitMs }) => {
      const allowed = `more seconds than the window, APPLY_PERMIT_WAIT_MS, which is ${waitMs} ms`;
      return [
        p33PermitTtl * 1000 > waitMs || fault('P33_PERMIT_TTL', shown(p33PermitTtl), allowed),
        govPermitTtl * 1000 > waitMs || fault('GOV_PERMIT_TTL', shown(govPermitTtl), allowed),
      ];
    },
  ),

  rule(
    '`HTTP_PORT` and the metrics ports of the roles of one process differ (0 aside).',
    ['httpPort', 'applyMetricsPort', 'p33MetricsPort', 'govMetricsPort', 'roles'],
    ({ roles, httpPort, applyMetricsPort, p33MetricsPort, govMetricsPort }) => {
      const taken = new Map<number, string>();
      return [
        { variable: 'HTTP_PORT', port: httpPort, used: true },
        { variable: 'APPLY_METRICS_PORT', port: applyMetricsPort, used: roles.has('apply') },
        { variable: 'P33_METRICS_PORT', port: p33MetricsPort, used: roles.has('position-brain') },
        { variable: 'GOV_METRICS_PORT', port: govMetricsPort, used: roles.has('governor') },
      ]
        .filter(({ port, used }) => used && port !== 0)
        .map(({ variable, port }) => {
          const other = taken.get(port);
          taken.set(port, variable);
          return other === undefined || fault(variable, shown(port), `a port that ${other} does not use, or 0`);
        });
    },
  ),
];
