import { shown } from '../fault.js';
import type { Rule } from './rule.js';

const stepBelowWindow: Rule = {
  says: '`APPLY_PERMIT_STEP_MS` is smaller than `APPLY_PERMIT_WAIT_MS`.',
  reads: ['applyPermitStepMs', 'applyPermitWaitMs'],
  faults: ({ applyPermitStepMs, applyPermitWaitMs }) => [
    applyPermitStepMs >= applyPermitWaitMs && {
      variable: 'APPLY_PERMIT_STEP_MS',
      given: shown(String(applyPermitStepMs)),
      allowed: `less than APPLY_PERMIT_WAIT_MS, which is ${applyPermitWaitMs}`,
    },
  ],
};

const warningBelowCritical: Rule = {
  says: '`K_BLOCK_WARNING` is at most `K_BLOCK_CRITICAL`.',
  reads: ['kBlockWarning', 'kBlockCritical'],
  faults: ({ kBlockWarning, kBlockCritical }) => [
    kBlockWarning > kBlockCritical && {
      variable: 'K_BLOCK_WARNING',
      given: shown(String(kBlockWarning)),
      allowed: `at most K_BLOCK_CRITICAL, which is ${kBlockCritical}`,
    },
  ],
};

const permitsOutliveTheWindow: Rule = {
  says: '`P33_PERMIT_TTL` and `GOV_PERMIT_TTL` are longer than the window, `APPLY_PERMIT_WAIT_MS`.',
  reads: ['p33PermitTtl', 'govPermitTtl', 'applyPermitWaitMs'],
  faults: ({ p33PermitTtl, govPermitTtl, applyPermitWaitMs }) =>
    Object.entries({ P33_PERMIT_TTL: p33PermitTtl, GOV_PERMIT_TTL: govPermitTtl }).map(
      ([variable, ttlSec]) =>
        ttlSec * 1000 <= applyPermitWaitMs && {
          variable,
          given: shown(String(ttlSec)),
          allowed: `more seconds than the window, APPLY_PERMIT_WAIT_MS, which is ${applyPermitWaitMs} ms`,
        },
    ),
};

const portsDiffer: Rule = {
  says: '`HTTP_PORT` and the metrics ports of the roles of one process differ (0 aside).',
  reads: ['httpPort', 'applyMetricsPort', 'p33MetricsPort', 'govMetricsPort', 'roles'],
  faults: (e) => {
    const taken = new Map<number, string>();
    return [
      { variable: 'HTTP_PORT', port: e.httpPort },
      { variable: 'APPLY_METRICS_PORT', port: e.hasRole('apply') ? e.applyMetricsPort : 0 },
      { variable: 'P33_METRICS_PORT', port: e.hasRole('position-brain') ? e.p33MetricsPort : 0 },
      { variable: 'GOV_METRICS_PORT', port: e.hasRole('governor') ? e.govMetricsPort : 0 },
    ].map(({ variable, port }) => {
      const other = port === 0 ? undefined : taken.get(port);
      taken.set(port, variable);
      const allowed = `a port that ${other ?? ''} does not take, or 0`;
      return other !== undefined && { variable, given: shown(String(port)), allowed };
    });
  },
};

export const thresholdRules: readonly Rule[] = [
  stepBelowWindow,
  warningBelowCritical,
  permitsOutliveTheWindow,
  portsDiffer,
];
