import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const SECONDS_FINE = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.2, 2.5];
const SECONDS_COARSE = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10];

/** The label for a symbol that no allowlist names, so that input cannot grow the label set. */
export const OTHER_SYMBOL = 'other';

/** Every metric of the process. Names of the guide's services stay as they are, with their labels. */
export class GateMetrics {
  readonly #symbols: ReadonlySet<string>;
  readonly #beforeScrape: (() => Promise<void> | void)[] = [];

  readonly planTotal = this.#counter('quantum_apply_plan_total', 'Plans by decision', ['symbol', 'decision']);
  readonly executeTotal = this.#counter('quantum_apply_execute_total', 'Steps carried out by status', [
    'symbol',
    'step',
    'status',
  ]);
  readonly closedNotional = this.#counter(
    'apply_closed_notional_usd_total',
    'Notional that orders of this process have closed, at their average prices',
    ['symbol'],
  );
  readonly dedupeHits = this.#counter('quantum_apply_dedupe_hits_total', 'Proposals that were published before', []);
  readonly proposalsShed = this.#counter(
    'apply_proposals_shed_total',
    'Proposals beyond APPLY_PROPOSALS_PER_MIN that were not taken up; of those of a strategy the newest is',
    ['symbol', 'source'],
  );
  readonly cellsProposals = this.#counter(
    'cells_proposals_total',
    'Proposals of the stream for all cells: delivered, superseded by a newer one while their cell was away, or dead_letter',
    ['cell', 'outcome'],
  );
  readonly lastSuccess = this.#gauge('quantum_apply_last_success_epoch', 'Epoch seconds of the last executed plan', [
    'symbol',
  ]);
  readonly governAllow = this.#counter('quantum_govern_allow_total', 'Governor permits', ['symbol']);
  readonly governBlock = this.#counter('quantum_govern_block_total', 'Governor blocks by reason', ['symbol', 'reason']);
  readonly governDisarm = this.#counter('quantum_govern_disarm_total', 'Auto-disarms by reason', ['reason']);
  readonly governFillUnknown = this.#counter(
    'quantum_govern_fill_unknown_total',
    'Executions reported without a quantity: their reservations still count',
    ['symbol'],
  );
  readonly governExecHour = this.#gauge('quantum_govern_exec_count_hour', 'Executions in the last hour', ['symbol']);
  readonly governExec5Min = this.#gauge('quantum_govern_exec_count_5min', 'Executions in the last five minutes', [
    'symbol',
  ]);
  readonly governPriceAge = this.#gauge(
    'governor_mark_price_age_seconds',
    "Age of the Governor's own mark price; -1 without one",
    ['symbol'],
  );
  readonly p33Allow = this.#counter('p33_permit_allow_total', 'Position Brain permits', ['symbol']);
  readonly p33Deny = this.#counter('p33_permit_deny_total', 'Position Brain denials by reason', ['symbol', 'reason']);
  readonly p33SnapshotAge = this.#gauge('p33_snapshot_age_seconds', 'Age of the snapshot', ['symbol']);
  readonly p33LedgerAmt = this.#gauge('p33_ledger_position_amt', 'Signed ledger amount', ['symbol']);
  readonly p33ExchangeAmt = this.#gauge('p33_exchange_position_amt', 'Signed exchange amount', ['symbol']);
  readonly permitIssueSeconds = this.#histogram(
    'permit_issue_seconds',
    'Plan published to permit written',
    ['issuer'],
    SECONDS_FINE,
  );
  readonly permitWaitSeconds = this.#histogram(
    'apply_permit_wait_seconds',
    'Plan published to both permits claimed',
    [],
    SECONDS_FINE,
  );
  readonly exchangeRequestSeconds = this.#histogram(
    'exchange_request_seconds',
    'Requests to the exchange',
    ['endpoint', 'outcome'],
    SECONDS_COARSE,
  );
  readonly streamLag = this.#gauge('stream_lag', 'Entries a group has not read yet', ['stream', 'group']);
  readonly streamPending = this.#gauge('stream_pending', 'Entries a group has read and not acknowledged', [
    'stream',
    'group',
  ]);
  readonly killSwitchEngaged = this.#gauge('kill_switch_engaged', '1 while the kill switch is engaged or unknown', []);
  readonly armed = this.#gauge('armed', '1 while armed', []);
  readonly holdsActive = this.#gauge('holds_active', '1 while the symbol is on hold', ['symbol']);
  readonly exchangeWeightUsed = this.#gauge('exchange_weight_used', 'Request weight used in the current minute', []);
  readonly addressWeightUsed = this.#gauge(
    'exchange_address_weight_used',
    'Request weight that all deployments of an EXCHANGE_ADDRESS_GROUP used in the current minute',
    ['address'],
  );
  readonly exchangeBannedUntil = this.#gauge(
    'exchange_banned_until_epoch',
    'Epoch seconds before which no call is made; 0 when free',
    [],
  );
  readonly accountReader = this.#gauge(
    'account_reader',
    '1 while this process reads the account; one Position Brain of an account does',
    [],
  );
  readonly userStreamUp = this.#gauge(
    'user_stream_up',
    '1 while the user-data stream is connected; only the process that reads the account has it',
    [],
  );
  readonly userStreamEvents = this.#counter('user_stream_events_total', 'Events of the user-data stream', ['kind']);
  readonly userStreamEnds = this.#counter('user_stream_disconnects_total', 'Ended user-data stream connections', [
    'cause',
  ]);
  readonly marketStreamUp = this.#gauge('market_stream_up', '1 while the stream of mark prices is connected', []);
  readonly marketStreamEnds = this.#counter(
    'market_stream_disconnects_total',
    'Ended connections of the stream of mark prices',
    ['cause'],
  );
  readonly unknownOrders = this.#gauge('unknown_orders', 'Orders whose outcome is not known yet', []);
  readonly unknownOrderAge = this.#gauge(
    'unknown_order_oldest_seconds',
    'For how long the outcome of an order has been unknown: the longest; 0 without one',
    [],
  );
  readonly approvalsWaiting = this.#gauge('approvals_waiting', 'Plans that wait for the approval of a person', []);
  readonly deadLettersOpen = this.#gauge(
    'dead_letters_open',
    'Dead letters that nobody has settled, of the newest hundred',
    [],
  );
  readonly planResults = this.#counter(
    'plan_results_total',
    'Ended attempts by the error of their result; none when nothing went wrong',
    ['error'],
  );
  readonly planRetries = this.#counter('plan_retries_total', 'Attempts after the first one of a plan', ['symbol']);
  readonly permitsUnproven = this.#counter(
    'permits_unproven_total',
    'Permits that Apply ignored, because nothing proves that their issuer gave them for this attempt',
    ['issuer'],
  );
  readonly proposalAge = this.#gauge('proposal_age_seconds', 'Age of the standing proposal', ['symbol']);
  readonly proposalUnserved = this.#gauge(
    'proposal_unserved_seconds',
    'For how long a standing proposal has asked for something and got no plan; 0 when it was taken up, or asks for nothing',
    ['symbol'],
  );
  readonly waitingForCapacity = this.#gauge(
    'plans_waiting_for_capacity',
    'Proposals of this process that wait until the issuers and the order limits of the exchange have room for their plan',
    [],
  );
  readonly buildInfo = this.#gauge('gate_build_info', 'Always 1; what runs', ['version', 'commit']);
  readonly gateReady = this.#gauge('gate_ready', '1 while the process is ready', []);
  readonly gateFault = this.#gauge('gate_fault', '1 for each part of readiness that has a fault', ['part']);
  readonly adminTokenExpires = this.#gauge(
    'admin_token_expires_epoch',
    'Epoch seconds when the first of the administration tokens expires; 0 when none does',
    [],
  );
  readonly notifyMessages = this.#counter('notify_messages_total', 'Messages to people by what became of them', [
    'channel',
    'outcome',
  ]);
  readonly notifyChannelUp = this.#gauge(
    'notify_channel_up',
    '1 while a channel of messages takes them; only of channels that this process has used',
    ['channel'],
  );
  readonly archiveBehind = this.#gauge(
    'archive_behind_entries',
    'Entries that are not archived yet; only with an archive',
    ['stream'],
  );
  readonly archiveBehindSeconds = this.#gauge(
    'archive_behind_seconds',
    'For how long the oldest entry that is not archived has waited; 0 when all are; only with an archive',
    [],
  );
  readonly archiveMissed = this.#gauge(
    'archive_missed_entries',
    'Entries that were trimmed before they were archived, since the archive began; only with an archive',
    ['stream'],
  );
  readonly logLinesDropped = this.#counter(
    'log_lines_dropped_total',
    'Log lines dropped because standard output could not be written',
    [],
  );

  constructor(
    symbols: Iterable<string>,
    private readonly registry: Registry,
  ) {
    this.#symbols = new Set(symbols);
  }

  /** Runs before every scrape, for gauges whose values are elsewhere. When a hook fails, its last values stay. */
  beforeScrape(hook: () => Promise<void> | void): void {
    this.#beforeScrape.push(hook);
  }

  /** The exposition text, with every hook's gauges brought up to date. */
  async render(): Promise<string> {
    await Promise.allSettled(this.#beforeScrape.map(async (hook) => hook()));
    return this.registry.metrics();
  }

  /** The label value for a symbol: itself when an allowlist names it. */
  symbol(symbol: string): string {
    return this.#symbols.has(symbol) ? symbol : OTHER_SYMBOL;
  }

  #counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    return new Counter({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }

  #gauge<L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> {
    return new Gauge({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }

  #histogram<L extends string>(name: string, help: string, labelNames: readonly L[], buckets: number[]): Histogram<L> {
    return new Histogram({ name, help, labelNames: [...labelNames], buckets, registers: [this.registry] });
  }
}
