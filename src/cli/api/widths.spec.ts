import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';

const NOW = Date.UTC(2026, 10, 30, 20, 15, 3);
const HOST = 'permit-gate-governor-5c8f7d9b46-x2x9p.trading.eu-central-1.internal';
const SYMBOL = '1000000MOGUSDT_260327';
const AMOUNT = '-123456789012.123456789';
const CONTEXT = { exchange_amt: AMOUNT, ledger_amt: AMOUNT, limits: { max_qty: AMOUNT, codes: ['a_b', 'c_d'] } };
const REASON = 'the strategy was switched off by mistake, and its positions were closed by hand afterwards';
const BLOCKERS = (['kill_switch_engaged', 'reconcile_required', 'daily_notional_limit', 'snapshot_stale'] as const).map(
  (reason) => ({ reason, text: `${REASON}. ${REASON}.`, remedy: 'permit-gate release --reason "…"' }),
);
const VERDICT = {
  verdict: 'deny',
  text: 'Position Brain: no (reconcile_required_qty_mismatch): exchange and ledger differ by more than the tolerance.',
  at_ms: NOW,
  permit: { allow: false, context: CONTEXT },
};
const PLAN = {
  plan_id: '3f2a9c0d1e4b5a673f2a9c0d1e4b5a67',
  symbol: SYMBOL,
  action: 'FULL_CLOSE_PROPOSED',
  state: 'WAITING_APPROVAL',
  attempt: 12,
  mode: 'production',
  decision: 'EXECUTE',
  reason_codes: ['kill_score_warning_close_ok', 'kill_score_warning_risk_increase'],
  published_by: 'another service',
  published_ms: NOW - 900_000,
  error: 'governor_denied',
  reason: 'kill_score_critical_non_close',
};
const GROUP = { group: 'position-brain', exists: false, lag: 1_234_567, pending: 12_345 };
const CONSUMERS = (['alive', 'dead', 'reading', 'silent'] as const).map((life) => ({
  name: `p33-${HOST}`,
  life,
  pending: 12_345,
  idle_ms: 7_100_000,
}));
const use = { used: '4999.123456789', reserved: '4999.1234', left: '1.123456789', limit: '5000000', free_at_ms: NOW };

/** Of every text with a table: its name, and a call with long values as real ones are. */
const ANSWERS: Readonly<Record<string, readonly unknown[]>> = {
  approvalsText: [
    {
      waiting: [
        {
          ...PLAN,
          quantity: '1234567.891',
          notional_usd: '1234567.89123456',
          kill_score: '0.52',
          needed: 2,
          approvals: [{ by: 'anna-of-the-night-desk' }],
          stop_price: '123456.789',
        },
      ],
    },
    NOW,
  ],
  archiveText: [
    {
      to: 'files',
      place: `/srv/${HOST}/archive`,
      written_by: HOST,
      error: REASON,
      error_since_ms: NOW,
      at_ms: NOW,
      behind_entries: 1_234_567,
      missed: 1_234_567,
      streams: [
        {
          stream: 'control',
          archived_to: `${NOW}-12`,
          behind_entries: 1_234_567,
          behind_since_ms: NOW - 7_100_000,
          missed: 1_234_567,
        },
      ],
    },
  ],
  auditText: [
    {
      entries: [
        {
          at: '2026-11-30T20:15:03.123Z',
          actor: 'anna-of-the-night-desk',
          action: 'dead_letter.discard_everything',
          target: `quantum:stream:apply.plan/${SYMBOL}`,
          outcome: 'refused: exchange-amount-changed',
          reason: REASON,
          chain: `apply:${HOST}`,
          seq: 123_456,
          proof: 'wrong',
        },
      ],
      chain: { intact: false, detail: 'entry 4 is missing' },
      next_cursor: '1790000000000-0',
    },
  ],
  verdictText: [
    {
      intact: false,
      chains: [
        {
          chain: `apply:${HOST}`,
          entries: 1_234_567,
          first: 1,
          last: 1_234_567,
          key: 'not here',
          faults: [{ kind: 'missing', id: '1790000000000-0', detail: REASON }],
        },
      ],
      noticed: [REASON],
    },
  ],
  configText: [
    {
      settings: [
        { group: 'Risk', name: 'APPLY_ALLOWLIST', value: Array<string>(12).fill(SYMBOL) },
        { group: 'Risk', name: 'GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD', value: 5_000, is_default: true },
        { group: 'Process', name: 'REDIS_TLS_CA_FILE', value: '/etc/permit-gate/certificates/redis/authority.pem' },
      ],
    },
  ],
  deadLettersText: [
    {
      dead_letters: [
        {
          id: '1790000000000-0',
          at_ms: NOW - 900_000,
          stream: 'quantum:stream:governor.events',
          group: 'position-brain',
          reason: REASON,
          settled: { outcome: 'discarded', by: 'anna', reason: REASON },
        },
      ],
    },
    NOW,
  ],
  deadLetterText: [
    {
      id: '1790000000000-0',
      entry_id: '1790000000000-0',
      stream: 'quantum:stream:governor.events',
      group: 'position-brain',
      reason: REASON,
      fields: { a: REASON, b: REASON },
      effect: 'none',
      detail: REASON,
    },
  ],
  flattenedText: [{ symbols: [{ symbol: SYMBOL, exchange_amt: AMOUNT, outcome: 'not_published', plan_id: null }] }],
  dayReportText: [
    {
      day: '2026-11-30',
      is_over: false,
      closed: [
        {
          at_ms: NOW,
          symbol: SYMBOL,
          side: 'SELL',
          quantity: AMOUNT,
          entry_price: '123456.78912345',
          exit_price: '123456.78912345',
          realized_pnl: '-1234567.12345678',
          fee: '1234.12345678',
          fee_asset: 'USDT',
          plan_id: PLAN.plan_id.slice(0, 16),
        },
      ],
      opening_trades: 12,
      sums: [
        {
          asset: 'USDT',
          realized_pnl: '-1234567.12345678',
          fees: '1234567.12345678',
          net: '-1234567.12345678',
          opening_fees: '12345.12345678',
        },
      ],
      denied: [{ symbol: SYMBOL, error: 'permit_check_redis_error', reason: REASON, count: 1_234_567 }],
      denied_since_ms: NOW,
      archive_fault: REASON,
    },
  ],
  fleetText: [
    {
      at_ms: NOW,
      instances: [{ role: 'position-brain', instance: HOST, state: 'not_ready', seen_ms: NOW, started_ms: NOW }],
    },
  ],
  cellsText: [
    {
      cells: [
        {
          name: HOST,
          state: 'not_ready',
          text: `${REASON}. ${REASON}.`,
          mode: 'production',
          armed: true,
          kill_switch: { engaged: false },
          needs_you: 1_234,
          symbols: [SYMBOL, SYMBOL],
        },
      ],
      conflicts: [{ text: `${REASON}. ${REASON}.` }],
    },
  ],
  stoppedText: [
    [
      {
        name: HOST,
        state: 'not_confirmed',
        text: REASON,
        missing_replicas: REASON,
        in_flight: 12_345,
        took_ms: 12_345,
      },
    ],
  ],
  limitsText: [
    {
      at_ms: NOW,
      limits: [{ symbol: 'BTCUSDT_260327', executions_per_hour: use, reduce_notional_per_day_usd: use }],
    },
  ],
  plansText: [{ plans: [PLAN, { ...PLAN, mode: 'dry_run', published_by: 'permit-gate' }], repeats_left_out: 12 }, NOW],
  positionsText: [
    [
      {
        symbol: SYMBOL,
        snapshot: { position_amt: AMOUNT, mark_price: AMOUNT, age_ms: 7_100_000 },
        ledger: { state: 'present', last_known_amt: AMOUNT },
        drift: { agrees: false, difference: AMOUNT },
        blockers: BLOCKERS,
      },
    ],
  ],
  ratioText: [
    {
      first_ms: NOW,
      allowed: 1_000_000,
      denied: 1,
      rows: [
        {
          symbol: SYMBOL,
          issuer: 'governor',
          verdict: 'deny',
          count: 123_456,
          reason: 'kill_score_critical_non_close',
        },
      ],
    },
  ],
  statusText: [{ attention: BLOCKERS, holds: Array<string>(12).fill(SYMBOL), roles: [] }],
  attentionText: [{ attention: BLOCKERS }],
  streamsText: [
    {
      streams: [
        { stream: 'quantum:stream:governor.events', length: 123_456, groups: [{ ...GROUP, consumers: CONSUMERS }] },
      ],
    },
  ],
  traceText: [
    {
      ...PLAN,
      steps: [
        { step: 'published', attempt: 12, at_ms: NOW, offset_ms: 0, entry: '1790000000000-0', mode: 'production' },
        { step: 'approved', attempt: 12, at_ms: NOW + 1, by: 'anna-of-the-night-desk', reason: REASON },
        { step: 'unknown', attempt: 12, at_ms: NOW + 1, detail: REASON, evidence: CONTEXT },
        { step: 'result', attempt: 12, at_ms: NOW + 123_456, state: 'BLOCKED', error: PLAN.error, reason: PLAN.reason },
      ],
      attempts: [{ attempt: 12, verdicts: { governor: VERDICT, p33: VERDICT } }],
      order: { order_id: '8389765123456', status: 'filled', client_order_id: 'pg-3f2a9c0d1e4b5a67-1' },
      evidence: CONTEXT,
      result: { decision: 'EXECUTE', executed: false, error: PLAN.error, reason: PLAN.reason },
    },
  ],
  whyText: [SYMBOL, BLOCKERS],
  outcomesText: [[{ channel: 'telegram', delivered: false, took_ms: 10_000, detail: REASON }]],
};

/** Sentences: a terminal breaks them. */
const SENTENCES = new Set([
  'answeredText',
  'claimedText',
  'closedText',
  'eventText',
  'permitsText',
  'renewedText',
  'skippedText',
  'stateText',
]);

const files = readdirSync(new URL('.', import.meta.url)).filter((file) => !file.endsWith('.spec.ts'));
const modules = await Promise.all(files.map((file) => import(`./${file.replace(/\.ts$/, '.js')}`) as Promise<object>));
const found = modules.flatMap((each) =>
  Object.entries(each).filter(([name, value]) => name.endsWith('Text') && typeof value === 'function'),
) as [string, (...given: readonly unknown[]) => string][];

it.each(found.filter(([name]) => !SENTENCES.has(name)))('%s fits 80 columns', (name, say) => {
  const given = ANSWERS[name];
  if (given === undefined) throw new Error(`${name} has a table: give it long values here`);
  for (const line of say(...given).split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
});
