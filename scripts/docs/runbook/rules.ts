import { stringify } from 'yaml';
import type { Alert } from './alert.js';
import { ALERTS, pageOf } from './alerts.js';
import { restrictedTo } from './metric-names.js';

const GENERATED = '# Generated from scripts/docs/runbook/alerts*.ts by `npm run docs`. Change it there.\n';
/** The jobs of `docker/prometheus/prometheus.yml`; others of the same Prometheus may have metrics of the same names. */
const JOBS = 'job=~"permit-gate.*"';
const TEST_JOB = 'job="permit-gate"';
const DEFAULT_AT = '10m';
const yaml = (value: object): string => GENERATED + stringify(value, { lineWidth: 0 });

const annotationsOf = (alert: Alert): Record<string, string> => ({
  summary: alert.summary,
  description: alert.meaning,
  command: alert.command,
  runbook: pageOf(alert),
});

/** `docker/prometheus/alerts.yml`. */
export function renderRules(): string {
  const rules = ALERTS.map((alert) => ({
    alert: alert.name,
    expr: restrictedTo(JOBS, alert.expr),
    ...(alert.for === '0s' ? {} : { for: alert.for }),
    labels: { severity: alert.severity },
    annotations: annotationsOf(alert),
  }));
  return yaml({ groups: [{ name: 'permit-gate', rules }] });
}

/** What the chart makes a PrometheusRule of: it puts its own matchers in the place of `OF`. */
export function renderChartAlerts(): string {
  return yaml({
    alerts: ALERTS.map((alert) => ({
      name: alert.name,
      expr: restrictedTo('OF', alert.expr),
      for: alert.for,
      severity: alert.severity,
      annotations: annotationsOf(alert),
    })),
  });
}

/** `docker/prometheus/alerts.test.yml`: of each alert, one set of samples on which it fires, and one on which it does not. */
export function renderRuleTests(): string {
  const scene = (alert: Alert, title: string, samples: Readonly<Record<string, string>>, fires: boolean): object => ({
    name: `${alert.name} ${title}`,
    interval: '1m',
    input_series: Object.entries(samples).map(([series, values]) => ({
      series: series.includes('job=') ? series : restrictedTo(TEST_JOB, series),
      values,
    })),
    promql_expr_test: [
      {
        expr: `count(ALERTS{alertname="${alert.name}",alertstate="firing"}) > bool 0`,
        eval_time: alert.at ?? DEFAULT_AT,
        exp_samples: fires ? [{ labels: '{}', value: 1 }] : [],
      },
    ],
  });
  return yaml({
    rule_files: ['alerts.yml'],
    evaluation_interval: '1m',
    tests: ALERTS.flatMap((alert) => [
      scene(alert, 'fires', alert.fires, true),
      scene(alert, 'does not fire', alert.quiet, false),
    ]),
  });
}
