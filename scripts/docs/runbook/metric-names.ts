import { collectDefaultMetrics, Registry } from 'prom-client';
import { isMetric } from '../metrics.js';
import { GateMetrics } from '../../../src/telemetry/metrics.js';

const HISTOGRAM_PARTS = ['_bucket', '_count', '_sum'];

/** Every metric that a process serves, and Prometheus' own `up`. */
export const METRIC_NAMES: ReadonlySet<string> = namesOf();

/** Each metric of a query, with the matchers in its braces. */
const SELECTOR = /\b([a-z][a-z0-9_]*)\b(?:\{([^}]*)\})?(?!\s*\()/g;

/** The metrics that a query reads. Words that are no metric of ours are the language's own. */
export function metricsIn(query: string): readonly string[] {
  return [...query.matchAll(SELECTOR)].flatMap(([, name = '']) => (METRIC_NAMES.has(name) ? [name] : []));
}

/** The query with `matcher` added to each of its metrics. */
export function restrictedTo(matcher: string, query: string): string {
  return query.replaceAll(SELECTOR, (found, name: string, matchers: string | undefined) => {
    if (!METRIC_NAMES.has(name)) return found;
    return `${name}{${[matcher, matchers].filter((part) => part !== undefined && part !== '').join(',')}}`;
  });
}

function namesOf(): ReadonlySet<string> {
  const ours = Object.values(new GateMetrics([], new Registry())).filter(isMetric);
  const ofNode = new Registry();
  collectDefaultMetrics({ register: ofNode });
  const parts = ours.flatMap(({ name, type }) =>
    type === 'histogram' ? HISTOGRAM_PARTS.map((part) => `${name}${part}`) : [],
  );
  return new Set([...ours, ...ofNode.getMetricsAsArray()].map(({ name }) => name).concat(parts, 'up'));
}
