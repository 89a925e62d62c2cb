import { Registry } from 'prom-client';
import { GateMetrics, OTHER_SYMBOL } from '../../src/telemetry/metrics.js';
import { generatedFrom, table } from './table.js';

const KINDS = new Set(['counter', 'gauge', 'histogram']);

/** The text of `docs/metrics.md`, from the metrics a process registers. */
export async function renderMetricsPage(): Promise<string> {
  const registry = new Registry();
  const metrics = new GateMetrics([], registry);
  const rows = Object.values(metrics).filter(isMetric).map(metricRow);
  const registered = await registry.getMetricsAsJSON();
  if (rows.length !== registered.length) {
    throw new Error(`${registered.length} metrics are registered, and ${rows.length} are properties of GateMetrics`);
  }
  return `# Metrics

${generatedFrom('src/telemetry/metrics.ts')}

\`GET /metrics\` on \`HTTP_PORT\` serves these, and so do the metrics ports of the roles (\`APPLY_METRICS_PORT\`, \`P33_METRICS_PORT\`,
\`GOV_METRICS_PORT\`), in Prometheus' text format. No token is needed. The label \`symbol\` holds symbols of the allowlists only;
any other is counted as \`${OTHER_SYMBOL}\`, so no input can grow the label set. Node's own \`process_*\` and \`nodejs_*\` metrics come with them.

${table(['metric', 'type', 'labels', 'meaning'], rows)}
`;
}

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

export function isMetric(value: unknown): value is Metric {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    typeof value.type === 'string' &&
    KINDS.has(value.type)
  );
}

function metricRow({ name, type, labelNames, help }: Metric): string[] {
  return [`\`${name}\``, type, labelNames.map((label) => `\`${label}\``).join(' ') || '–', help];
}
