import { restrictedTo } from './metric-names.js';

/** A graph or a figure of the dashboard. */
export interface Panel {
  readonly title: string;
  readonly description: string;
  readonly kind: 'timeseries' | 'stat';
  /** PromQL by its legend; `{{label}}` is Grafana's own. */
  readonly queries: Readonly<Record<string, string>>;
  readonly unit: 'short' | 's' | 'bytes' | 'percentunit' | 'reqps' | 'bool_yes_no' | 'bool_on_off';
}

interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const RANGE = '$__rate_interval';
const stat = (title: string, description: string, query: string, unit: Panel['unit'] = 'short'): Panel => ({
  title,
  description,
  kind: 'stat',
  queries: { '': query },
  unit,
});
const graph = (
  title: string,
  description: string,
  queries: Panel['queries'],
  unit: Panel['unit'] = 'short',
): Panel => ({ title, description, kind: 'timeseries', queries, unit });
const quantile = (share: number, metric: string, by = 'le'): string =>
  `histogram_quantile(${share}, sum by (${by}) (rate(${metric}_bucket[${RANGE}])))`;

export const ROWS: readonly Row[] = [
  {
    title: 'May it trade?',
    panels: [
      stat('Kill switch', 'Engaged, or unreadable, which counts as engaged', 'max(kill_switch_engaged)', 'bool_on_off'),
      stat('Armed', 'Otherwise plans are dry runs', 'min(armed)', 'bool_yes_no'),
      stat('Processes ready', 'Of those that Prometheus knows', 'sum(gate_ready)'),
      stat('On hold', 'Symbols', 'sum(max by (symbol) (holds_active))'),
      stat('Unknown orders', 'Orders whose outcome is not known', 'max(unknown_orders)'),
      stat('Need a decision', 'Approvals and dead letters', 'max(approvals_waiting) + max(dead_letters_open)'),
    ],
  },
  {
    title: 'Plans',
    panels: [
      graph('Plans by decision', 'A minute', {
        '{{decision}}': `sum by (decision) (rate(quantum_apply_plan_total[${RANGE}])) * 60`,
      }),
      graph('Ended attempts by error', 'A minute; none: nothing went wrong', {
        '{{error}}': `sum by (error) (rate(plan_results_total[${RANGE}])) * 60`,
      }),
      graph('Orders by status', 'A minute', {
        '{{step}} {{status}}': `sum by (step, status) (rate(quantum_apply_execute_total[${RANGE}])) * 60`,
      }),
      graph(
        'Proposals',
        'Age of the standing proposal, and for how long it asked in vain',
        {
          'age {{symbol}}': 'max by (symbol) (proposal_age_seconds)',
          'in vain {{symbol}}': 'max by (symbol) (proposal_unserved_seconds) > 0',
        },
        's',
      ),
      graph('Attempts after the first', 'A minute', {
        '{{symbol}}': `sum by (symbol) (rate(plan_retries_total[${RANGE}])) * 60`,
      }),
      graph('Proposals left out', 'Beyond APPLY_PROPOSALS_PER_MIN, a minute', {
        '{{symbol}} {{source}}': `sum by (symbol, source) (rate(apply_proposals_shed_total[${RANGE}])) * 60`,
      }),
    ],
  },
  {
    title: 'Waits and verdicts',
    panels: [
      graph(
        'Wait for both permits',
        'From plan published to claimed',
        {
          p50: quantile(0.5, 'apply_permit_wait_seconds'),
          p90: quantile(0.9, 'apply_permit_wait_seconds'),
          p99: quantile(0.99, 'apply_permit_wait_seconds'),
        },
        's',
      ),
      graph(
        'Permit written',
        'From plan published, p99 by issuer',
        { '{{issuer}}': quantile(0.99, 'permit_issue_seconds', 'le, issuer') },
        's',
      ),
      graph('Governor: blocks by reason', 'A minute', {
        allowed: `sum(rate(quantum_govern_allow_total[${RANGE}])) * 60`,
        '{{reason}}': `sum by (reason) (rate(quantum_govern_block_total[${RANGE}])) * 60`,
      }),
      graph('Position Brain: denials by reason', 'A minute', {
        allowed: `sum(rate(p33_permit_allow_total[${RANGE}])) * 60`,
        '{{reason}}': `sum by (reason) (rate(p33_permit_deny_total[${RANGE}])) * 60`,
      }),
      graph('Unproven permits', 'Ignored by Apply, a minute', {
        '{{issuer}}': `sum by (issuer) (rate(permits_unproven_total[${RANGE}])) * 60`,
      }),
      graph('Limits', 'Executions that count', {
        'hour {{symbol}}': 'max by (symbol) (quantum_govern_exec_count_hour)',
        '5 min {{symbol}}': 'max by (symbol) (quantum_govern_exec_count_5min)',
      }),
    ],
  },
  {
    title: 'Positions',
    panels: [
      graph('Exchange and ledger', 'Signed amounts', {
        'exchange {{symbol}}': 'max by (symbol) (p33_exchange_position_amt)',
        'ledger {{symbol}}': 'max by (symbol) (p33_ledger_position_amt)',
      }),
      graph('Drift', 'Exchange less ledger', {
        '{{symbol}}': 'max by (symbol) (p33_exchange_position_amt) - max by (symbol) (p33_ledger_position_amt)',
      }),
      graph(
        'Age of the snapshot',
        'Since the position was read',
        { '{{symbol}}': 'min by (symbol) (p33_snapshot_age_seconds)' },
        's',
      ),
      graph(
        'Age of the Governor’s price',
        '-1: none',
        { '{{symbol}}': 'max by (symbol) (governor_mark_price_age_seconds)' },
        's',
      ),
    ],
  },
  {
    title: 'Exchange',
    panels: [
      graph('Request weight', 'Of 2 400 a minute', {
        '{{instance}}': 'max by (instance) (exchange_weight_used)',
        'address {{address}}': 'max by (address) (exchange_address_weight_used)',
      }),
      graph(
        'Requests',
        'By endpoint and outcome',
        { '{{endpoint}} {{outcome}}': `sum by (endpoint, outcome) (rate(exchange_request_seconds_count[${RANGE}]))` },
        'reqps',
      ),
      graph(
        'Request time, p99',
        'By endpoint',
        { '{{endpoint}}': quantile(0.99, 'exchange_request_seconds', 'le, endpoint') },
        's',
      ),
      graph(
        'Streams of the exchange',
        '1 while connected',
        { account: 'max(user_stream_up)', prices: 'max(market_stream_up)' },
        'bool_on_off',
      ),
    ],
  },
  {
    title: 'Redis and processes',
    panels: [
      graph('Unread entries', 'By group', { '{{stream}} {{group}}': 'max by (stream, group) (stream_lag)' }),
      graph('Entries read and not handled', 'By group', {
        '{{stream}} {{group}}': 'max by (stream, group) (stream_pending)',
      }),
      graph('Faults', 'Parts of readiness', { '{{instance}} {{part}}': 'max by (instance, part) (gate_fault)' }),
      graph('Processor', 'Cores', { '{{instance}}': `sum by (instance) (rate(process_cpu_seconds_total[${RANGE}]))` }),
      graph('Memory', 'Resident', { '{{instance}}': 'sum by (instance) (process_resident_memory_bytes)' }, 'bytes'),
      graph(
        'Event loop, p99',
        'How late a timer may come',
        { '{{instance}}': 'max by (instance) (nodejs_eventloop_lag_p99_seconds)' },
        's',
      ),
      graph('Dropped log lines', 'A minute', {
        '{{instance}}': `sum by (instance) (rate(log_lines_dropped_total[${RANGE}])) * 60`,
      }),
    ],
  },
];

const WIDTH = 24;
const STAT_WIDTH = 4;
const GRAPH_WIDTH = 8;
const GRAPH_HEIGHT = 8;
const STAT_HEIGHT = 4;
const PROMETHEUS = { type: 'prometheus', uid: '${datasource}' };

/** `docker/grafana/permit-gate.json`. `$job` chooses the cell. */
export function renderDashboard(): string {
  let y = 0;
  let id = 0;
  const panels = ROWS.flatMap((row) => {
    const [rowY] = [y];
    y += 1;
    let x = 0;
    const placed = row.panels.map((panel) => {
      const [w, h] = panel.kind === 'stat' ? [STAT_WIDTH, STAT_HEIGHT] : [GRAPH_WIDTH, GRAPH_HEIGHT];
      if (x + w > WIDTH) [x, y] = [0, y + h];
      const gridPos = { x, y, w, h };
      x += w;
      return { ...grafanaPanel(panel, (id += 1)), gridPos };
    });
    y += row.panels[0]?.kind === 'stat' ? STAT_HEIGHT : GRAPH_HEIGHT;
    const title = {
      id: (id += 1),
      type: 'row',
      title: row.title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y: rowY, w: WIDTH, h: 1 },
    };
    return [title, ...placed];
  });
  const variable = (name: string, type: string, rest: object): object => ({ name, type, ...rest });
  const dashboard = {
    uid: 'permit-gate',
    title: 'permit-gate',
    tags: ['permit-gate'],
    timezone: 'browser',
    refresh: '30s',
    schemaVersion: 39,
    time: { from: 'now-6h', to: 'now' },
    templating: {
      list: [
        variable('datasource', 'datasource', { query: 'prometheus' }),
        variable('job', 'query', {
          datasource: PROMETHEUS,
          query: 'label_values(gate_ready, job)',
          refresh: 2,
          multi: true,
          includeAll: true,
          allValue: '.*',
          current: { text: 'All', value: '$__all' },
        }),
      ],
    },
    panels,
  };
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}

function grafanaPanel(panel: Panel, id: number): object {
  const targets = Object.entries(panel.queries).map(([legendFormat, query], index) => ({
    refId: String.fromCharCode('A'.charCodeAt(0) + index),
    datasource: PROMETHEUS,
    expr: restrictedTo('job=~"$job"', query),
    legendFormat,
  }));
  return {
    id,
    type: panel.kind,
    title: panel.title,
    description: panel.description,
    datasource: PROMETHEUS,
    fieldConfig: { defaults: { unit: panel.unit }, overrides: [] },
    targets,
  };
}
