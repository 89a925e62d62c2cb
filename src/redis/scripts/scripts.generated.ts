// Generated from the headers in src/redis/scripts/lua by `npm run docs`. Change them, not this file.
export const SCRIPTS = {
  /**
   * Stores the answer of a person about a plan that waits for it. With enough approvals the plan is due for its next
   * attempt at once; every gate judges that anew. A rejection ends the plan with a result of attempt 0, and marks
   * the proposal as rejected for the episode of its symbol. Nothing is approved while the proposal does not stand or
   * no order may be sent. A plan without a journal belongs to another implementation of Apply: its next attempt is
   * the other's.
   */
  answer_approval: {
    runBy: ['operator'],
    includes: ['now', 'claim_conditions', 'standing', 'rejected'],
    keys: [
      'approval',
      'waitingApprovals',
      'journal',
      'retries',
      'resultStream',
      'trace',
      'proposal',
      'standing',
      'killSwitch',
      'arm',
      'governorDisarm',
      'hold',
      'suspended',
    ],
    args: [
      'planId',
      'answer',
      'by',
      'reason',
      'stop',
      'validMs',
      'foreignMs',
      'keepMs',
      'lastSeenKillSeq',
      'lastSeenDisarmSeq',
    ],
    rest: 'fields',
    atMaxmemory: 'allowed',
    replies: [
      'approved',
      'counted',
      'rejected',
      'not_asked',
      'ended',
      'rejected_before',
      'approved_before',
      'same_person',
      'stale',
      'proposal_withdrawn',
      'proposal_superseded',
      'kill_switch_active',
      'disarmed',
      'on_hold',
      'symbol_suspended',
    ],
  },
  /**
   * Adds one entry to the audit chain of a process, records the new end of the chain, and with trimBefore removes
   * what is older than that id. Adds nothing when the stream's last id is another than the caller knows ('moved',
   * with the newest entries), or so far ahead of Redis' clock that a hand wrote it ('ended'). A second run after a
   * lost reply adds nothing.
   */
  append_audit: {
    runBy: ['every role'],
    includes: ['now', 'stream_info'],
    keys: ['audit', 'auditHeads'],
    args: ['chain', 'knownLastId', 'id', 'hash', 'head', 'reachMs', 'trimBefore'],
    rest: 'fields',
    atMaxmemory: 'allowed',
    replies: ['appended', 'moved', 'ended'],
  },
  /**
   * Moves the ledger by one fill, marks the fill as counted, removes the in-flight guard of its attempt and
   * acknowledges the result, if ledger and count are still what the decision was based on. Without a ledger only the
   * time of the fill is kept, so that a snapshot that is adopted later must be newer. A ledger or a guard of another
   * type counts as none.
   */
  apply_fill: {
    runBy: ['position-brain'],
    includes: ['now', 'typed', 'event'],
    keys: [
      'ledger',
      'fill',
      'epoch',
      'inflight',
      'ledgerSeen',
      'resultStream',
      'unsettled',
      'governorEvents',
      'keptEvents',
    ],
    args: [
      'expectedAmt',
      'expectedVersion',
      'expectedCounted',
      'newAmt',
      'newCounted',
      'planId',
      'attempt',
      'orderId',
      'executedQty',
      'side',
      'fillMs',
      'fillTtlMs',
      'group',
      'entryId',
      'moved',
      'source',
      'event',
      'context',
    ],
    atMaxmemory: 'allowed',
    replies: ['applied', 'changed'],
  },
  /**
   * Takes or renews the lease of the one process that writes the archive (ttlMs 0 gives it up), acknowledges in the
   * group `archive` of each stream what the archive holds, and returns what comes next: first what was delivered
   * before and is not acknowledged. Entries that were trimmed before that are counted and reported. `…To` is the
   * newest id that the archive holds, or ''; `…After` the last id that the caller has and has not written yet, or 0.
   * A group that is not there begins with the oldest entry.
   */
  archive_entries: {
    runBy: ['every role'],
    includes: ['now', 'event', 'measured', 'stream_info', 'newer', 'archived'],
    keys: [
      'archiveLeader',
      'archiveState',
      'planStream',
      'permitEvents',
      'resultStream',
      'governorEvents',
      'keptEvents',
    ],
    args: [
      'token',
      'instance',
      'ttlMs',
      'about',
      'plansTo',
      'permitsTo',
      'resultsTo',
      'controlTo',
      'plansAfter',
      'permitsAfter',
      'resultsAfter',
      'controlAfter',
      'count',
      'mostBytes',
      'pageBytes',
    ],
    atMaxmemory: 'allowed',
    replies: ['kept', 'other', 'given_up'],
  },
  /**
   * Records the Governor's block of a plan that a person must approve first, and asks: writes the block as
   * governor_block does, and in the same step what is to be approved. Each time it asks anew: an earlier answer does
   * not count. An attempt that has ended asks nothing.
   */
  ask_approval: {
    runBy: ['governor'],
    includes: ['now', 'plan_open', 'wake'],
    keys: ['journal', 'governorBlock', 'permitEvents', 'planStream', 'approval', 'waitingApprovals'],
    args: ['planId', 'attempt', 'deadlineMs', 'block', 'ttlMs', 'group', 'entryId', 'eventsMaxLen', 'keepMs'],
    rest: 'fields',
    atMaxmemory: 'allowed',
    replies: ['issued', 'closed'],
  },
  /**
   * Binds the key prefix to an account and mode, for a process that may not write control state. Refuses another
   * account, unless it is compatible. Binds nothing while control state is missing, because a bound prefix counts as
   * used.
   */
  bind_account: {
    runBy: ['apply', 'position-brain'],
    includes: ['account'],
    keys: ['account', 'killSwitch', 'arm'],
    args: ['ownAccount', 'compatible'],
    atMaxmemory: 'allowed',
    replies: ['bound', 'other_account', 'no_control'],
  },
  /**
   * Registers which symbols of an exchange account a process trades, and renews that. Refused while a process of
   * another key prefix has a claim on one of these symbols; processes of one prefix never refuse each other. No
   * symbols mean all symbols. The claims are outside of every prefix, so that all deployments on this Redis see
   * them.
   */
  claim_account: {
    runBy: ['apply', 'position-brain'],
    includes: ['now'],
    keys: ['accountClaims'],
    args: ['process', 'claim', 'ttlMs', 'longestMs'],
    atMaxmemory: 'allowed',
    replies: ['held', 'taken'],
  },
  /**
   * Claims a dry run and records its result in one step. It checks what a real claim checks, except the arm state,
   * because plans of a disarmed system are dry runs. It sets no guard and does not raise the position epoch.
   */
  claim_dry_run: {
    runBy: ['apply'],
    includes: ['now', 'typed', 'guard', 'claim_conditions', 'standing', 'claim_refusal', 'finish'],
    keys: [
      'journal',
      'governorPermit',
      'positionPermit',
      'killSwitch',
      'hold',
      'inflight',
      'epoch',
      'openPlans',
      'retries',
      'resultStream',
      'planStream',
      'dedupe',
      'trace',
      'server',
      'proposal',
      'standing',
      'suspended',
    ],
    args: [
      'token',
      'planId',
      'attempt',
      'governorBytes',
      'positionBytes',
      'positionEpoch',
      'governorExpiresMs',
      'positionExpiresMs',
      'state',
      'group',
      'keepMs',
      'quantity',
      'side',
      'lastSeenKillSeq',
    ],
    rest: 'fields',
    atMaxmemory: 'refused',
    replies: [
      'claimed',
      'taken',
      'expired',
      'settling',
      'kill_switch_active',
      'symbol_suspended',
      'proposal_withdrawn',
      'proposal_superseded',
      'on_hold',
      'in_flight',
      'position_changed',
      'permit_gone',
      'permit_changed',
    ],
  },
  /**
   * Claims both permits, the last step before the bytes of an order are written to the socket. Deletes both permits,
   * sets the in-flight guard and marks the plan as claimed, or changes nothing.
   */
  claim_permits: {
    runBy: ['apply'],
    includes: ['now', 'guard', 'claim_conditions', 'standing', 'claim_refusal'],
    keys: [
      'journal',
      'governorPermit',
      'positionPermit',
      'killSwitch',
      'arm',
      'governorDisarm',
      'hold',
      'inflight',
      'epoch',
      'openPlans',
      'trace',
      'server',
      'proposal',
      'standing',
      'takenUp',
      'suspended',
    ],
    args: [
      'token',
      'planId',
      'attempt',
      'governorBytes',
      'positionBytes',
      'positionEpoch',
      'governorExpiresMs',
      'positionExpiresMs',
      'clientOrderId',
      'side',
      'quantity',
      'signedMs',
      'acceptMs',
      'lastSeenKillSeq',
      'lastSeenDisarmSeq',
      'expectedTakenUp',
      'takenUpValue',
      'left',
      'smallest',
      'keepMs',
    ],
    atMaxmemory: 'refused',
    replies: [
      'claimed',
      'taken',
      'expired',
      'settling',
      'kill_switch_active',
      'disarmed',
      'symbol_suspended',
      'proposal_withdrawn',
      'proposal_superseded',
      'on_hold',
      'in_flight',
      'position_changed',
      'target_changed',
      'permit_gone',
      'permit_changed',
    ],
  },
  /** Lifts the hold of one symbol; with onlyIf, only if the hold is still exactly that one. */
  clear_hold: {
    runBy: ['position-brain', 'operator'],
    includes: ['now', 'event'],
    keys: ['hold', 'governorEvents', 'keptEvents'],
    args: ['symbol', 'reason', 'actor', 'onlyIf'],
    atMaxmemory: 'allowed',
    replies: ['cleared', 'absent'],
  },
  /** Records one evaluation error of the Governor and returns how many there are in the rolling window. */
  count_governor_error: {
    runBy: ['governor'],
    includes: ['now'],
    keys: ['governorErrors'],
    args: ['id', 'windowMs'],
    atMaxmemory: 'allowed',
    replies: ['counted'],
  },
  /**
   * Moves an entry to the dead letters with its reason and acknowledges it, so that its group continues. An entry
   * that is no longer pending for this consumer was handled or taken over by another, who answers for it: nothing is
   * written.
   */
  dead_letter: {
    runBy: ['every role'],
    includes: ['now'],
    keys: ['deadLetters', 'stream'],
    args: ['group', 'consumer', 'entryId', 'reason', 'deliveries', 'fields'],
    atMaxmemory: 'allowed',
    replies: ['dead_lettered', 'elsewhere'],
  },
  /** Releases a consumer name if this process still holds it. What it says about itself at its end is stored. */
  drop_lease: {
    runBy: ['every role'],
    includes: ['now'],
    keys: ['lease', 'fleet'],
    args: ['token', 'instance', 'about'],
    atMaxmemory: 'allowed',
    replies: ['dropped', 'not_ours'],
  },
  /**
   * Takes an old plan off the list. If it has ended and no order was ever claimed for it, its journal and trace are
   * deleted; all others stay until they expire.
   */
  drop_plan: {
    runBy: ['apply'],
    includes: [],
    keys: ['journal', 'trace', 'planIndex'],
    args: ['planId'],
    atMaxmemory: 'allowed',
    replies: ['deleted', 'kept'],
  },
  /** Cancels the retry of a plan, unless a later attempt has set a later time since. */
  drop_retry: {
    runBy: ['apply'],
    includes: [],
    keys: ['retries'],
    args: ['planId', 'dueMs'],
    atMaxmemory: 'allowed',
    replies: ['dropped', 'kept'],
  },
  /**
   * Every key of the prefix as of one instant: its name, when it expires (milliseconds, 0 for never) and its value
   * as DUMP writes it; and the account that the prefix is bound to, '' for none. Redis answers nobody else while it
   * runs.
   */
  dump_all: {
    runBy: ['backup'],
    includes: ['now'],
    keys: ['account'],
    args: ['pattern'],
    atMaxmemory: 'reads',
    replies: ['dumped'],
  },
  /**
   * Ends a plan that waits for its next attempt. Publishes a result of the plan itself, with attempt 0, because its
   * last attempt has a result already. If an order of the plan filled, its result stays and only the continuation is
   * dropped. With dueMs a plan whose next attempt is due later is left alone.
   */
  end_retry: {
    runBy: ['apply'],
    includes: ['now'],
    keys: ['journal', 'retries', 'resultStream', 'trace', 'approval', 'waitingApprovals'],
    args: ['planId', 'attempt', 'dueMs', 'state', 'reason', 'keepMs'],
    rest: 'fields',
    atMaxmemory: 'allowed',
    replies: ['ended', 'continuation_dropped', 'closed'],
  },
  /**
   * Records the Governor's denial: writes the block, acknowledges the plan entry and adds the event that wakes the
   * waiting plan. An attempt that has ended gets no block.
   */
  governor_block: {
    runBy: ['governor'],
    includes: ['now', 'plan_open', 'wake'],
    keys: ['journal', 'governorBlock', 'permitEvents', 'planStream'],
    args: ['planId', 'attempt', 'deadlineMs', 'block', 'ttlMs', 'group', 'entryId', 'eventsMaxLen'],
    atMaxmemory: 'allowed',
    replies: ['issued', 'closed'],
  },
  /**
   * Records that the Governor disarmed the system, and reports that once as an event. Only an operator can arm
   * again. Uses SETNX, because a user with SET could also set an expiry.
   */
  governor_disarm: {
    runBy: ['every role'],
    includes: ['now', 'event'],
    keys: ['governorDisarm', 'governorEvents', 'keptEvents'],
    args: ['value', 'reason', 'context'],
    atMaxmemory: 'allowed',
    replies: ['disarmed', 'already'],
  },
  /**
   * Moves the unacknowledged entries of an idle consumer to another one, with an idle time so high that any live
   * consumer takes them over in its next round.
   */
  hand_over: {
    runBy: ['operator'],
    includes: [],
    keys: ['stream'],
    args: ['group', 'from', 'to', 'minIdleMs', 'count', 'idleMs'],
    atMaxmemory: 'allowed',
    replies: ['handed', 'no_group'],
  },
  /**
   * Takes or renews the lease on a consumer name. Refused while another live process holds it. What the process says
   * about itself is stored beside it, and what others said more than keepMs ago is forgotten.
   */
  hold_lease: {
    runBy: ['every role'],
    includes: ['now'],
    keys: ['lease', 'fleet'],
    args: ['token', 'ttlMs', 'instance', 'about', 'keepMs'],
    atMaxmemory: 'allowed',
    replies: ['held', 'taken'],
  },
  /**
   * Writes missing control state and binds the account of the prefix, in one step. An empty prefix gets the initial
   * values. On a bound prefix control state was lost, so it gets an engaged kill switch and a disarmed system. Never
   * overwrites existing values.
   */
  init_control: {
    runBy: ['operator'],
    includes: ['now', 'account', 'event'],
    keys: ['killSwitch', 'arm', 'account', 'governorEvents', 'keptEvents'],
    args: ['initialKillSwitch', 'initialArm', 'lostKillSwitch', 'lostArm', 'ownAccount', 'compatible'],
    atMaxmemory: 'allowed',
    replies: ['ready', 'lost', 'other_account'],
  },
  /**
   * Writes the Governor's permit, its reservation, the acknowledgement and the event in one step, if the usage has
   * not changed since the decision, the kill switch is released, and the system is armed or the plan is a dry run. A
   * plan that sends an order again takes over the reservation of that order: both count once, unless both are
   * executed. With carried, the permit rests on evidence that came with the plan: it is written only if that still
   * holds.
   */
  issue_governor_permit: {
    runBy: ['governor'],
    includes: ['now', 'plan_open', 'claim_conditions', 'wake', 'governor_evidence', 'carried_evidence'],
    keys: [
      'journal',
      'governorPermit',
      'permitEvents',
      'planStream',
      'executions',
      'usage',
      'reservation',
      'openReservations',
      'governorDisarm',
      'killSwitch',
      'arm',
      'repeatedReservation',
      'snapshot',
      'suspended',
    ],
    args: [
      'planId',
      'attempt',
      'deadlineMs',
      'permit',
      'ttlMs',
      'group',
      'entryId',
      'eventsMaxLen',
      'reserve',
      'isCounted',
      'repeats',
      'usageVersion',
      'day',
      'dayNotional',
      'dayQty',
      'notional',
      'qty',
      'symbol',
      'lastSeenKillSeq',
      'lastSeenDisarmSeq',
      'carried',
      'judgedMs',
    ],
    atMaxmemory: 'refused',
    replies: [
      'issued',
      'closed',
      'expired',
      'already_issued',
      'usage_changed',
      'kill_switch_active',
      'disarmed',
      'evidence_changed',
    ],
  },
  /**
   * Writes the Position Brain's permit or denial, the acknowledgement and the event that wakes the waiting plan.
   * Writes no permit while the kill switch is engaged, or while the system is disarmed and the plan is not a dry
   * run; the caller then denies. With carried, the permit rests on evidence that came with the plan: it is written
   * only if that still holds.
   */
  issue_permit: {
    runBy: ['position-brain'],
    includes: [
      'now',
      'plan_open',
      'claim_conditions',
      'wake',
      'typed',
      'guard',
      'position_evidence',
      'carried_evidence',
    ],
    keys: [
      'journal',
      'positionPermit',
      'positionIssued',
      'permitEvents',
      'planStream',
      'killSwitch',
      'arm',
      'governorDisarm',
      'snapshot',
      'ledger',
      'hold',
      'inflight',
      'epoch',
      'ledgerSeen',
      'unsettled',
      'suspended',
    ],
    args: [
      'planId',
      'attempt',
      'deadlineMs',
      'verdict',
      'permit',
      'ttlMs',
      'group',
      'entryId',
      'eventsMaxLen',
      'mode',
      'lastSeenKillSeq',
      'lastSeenDisarmSeq',
      'carried',
      'judgedMs',
    ],
    atMaxmemory: 'refused',
    replies: ['issued', 'closed', 'expired', 'kill_switch_active', 'disarmed', 'evidence_changed'],
  },
  /**
   * Takes or renews the lease of the one process that sends messages to people; ttlMs 0 gives it up. Returns the
   * control events after an id to whoever has it, and to whoever has just taken it what each channel was told.
   */
  lead_notifier: {
    runBy: ['every role'],
    includes: ['now', 'measured', 'stream_info'],
    keys: ['notifyLeader', 'governorEvents', 'notifyTold'],
    args: ['token', 'instance', 'ttlMs', 'after', 'count', 'mostBytes'],
    atMaxmemory: 'allowed',
    replies: ['kept', 'taken', 'other', 'given_up'],
  },
  /**
   * Who writes the archive, what was stored about it, and for each stream how many entries are not archived, how
   * many of these are trimmed, and the id of the oldest that is left.
   */
  look_at_archive: {
    runBy: ['every role'],
    includes: ['now', 'stream_info', 'newer', 'archived'],
    keys: ['archiveLeader', 'archiveState', 'planStream', 'permitEvents', 'resultStream', 'governorEvents'],
    args: [],
    atMaxmemory: 'reads',
    replies: ['seen'],
  },
  /**
   * Writes something, so that a WAIT after it on the same connection covers everything that this server has written.
   * Only on the server that is meant: acknowledgements of another one say nothing of what was written there.
   */
  mark_replication: {
    runBy: ['every role'],
    includes: [],
    keys: ['probe'],
    args: ['runId', 'replId'],
    atMaxmemory: 'allowed',
    replies: ['marked', 'other_server'],
  },
  /**
   * The newest id of each stream that Apply trims, and how many entries it was given so far; '' for a stream that is
   * not there.
   */
  measure_streams: {
    runBy: ['apply'],
    includes: ['stream_info'],
    keys: ['proposalStream', 'planStream', 'resultStream', 'governorEvents', 'cellsProposals'],
    args: [],
    atMaxmemory: 'reads',
    replies: ['measured'],
  },
  /** For four streams the id of the oldest among their newest entries, '' for a stream without entries. */
  newest_events: {
    runBy: ['every role'],
    includes: [],
    keys: ['planStream', 'permitEvents', 'resultStream', 'governorEvents'],
    args: ['count'],
    atMaxmemory: 'reads',
    replies: ['newest'],
  },
  /**
   * Records what is known about a claimed order. `unknown` moves the plan to UNKNOWN for the resolver; `answered`
   * means that the exchange accepted the order, `withdrawn` that an operator wants no other order of the plan.
   */
  note_order: {
    runBy: ['apply'],
    includes: ['now'],
    keys: ['journal', 'openPlans', 'trace'],
    args: ['planId', 'attempt', 'kind', 'detail', 'lookAgainMs', 'evidence'],
    atMaxmemory: 'allowed',
    replies: ['noted', 'closed'],
  },
  /**
   * Records with the data which Redis server answers. Another server than the one that wrote the data may lack the
   * last writes: it was restarted, or promoted before it had received everything. After such a change, and after the
   * data was deleted under a running process, nothing is claimed for settleMs. The same holds after Redis' clock was
   * set: times that were stored before do not fit the new clock. expectedMs is what the caller expects the clock to
   * show at least, '' if unknown; forward says that the caller has ruled out that its command was late, knownStepsMs
   * which steps it knows. clockStepsMs is the sum of all steps, stepMs the step of the last change. This script is
   * sent in full before every other script, so that a server that knows a script has been recorded.
   */
  note_server: {
    runBy: ['every role', 'operator'],
    includes: ['now', 'event'],
    keys: ['server', 'governorEvents', 'keptEvents'],
    args: ['settleMs', 'knownSinceMs', 'expectedMs', 'knownStepsMs', 'forward'],
    atMaxmemory: 'allowed',
    replies: ['same', 'first', 'changed'],
  },
  /**
   * Stores what the gates found out about a standing proposal (the position was flat or has turned or grown, or the
   * target is reached), unless the stored proposal has changed since it was read.
   */
  note_taken_up: {
    runBy: ['apply'],
    includes: ['standing'],
    keys: ['takenUp'],
    args: ['expected', 'value', 'keepMs'],
    atMaxmemory: 'allowed',
    replies: ['noted', 'changed'],
  },
  /**
   * Stores how much of its limits the exchange says an address has used. Each is `window:used`; an answer of an
   * older window, or an older answer of the same one, changes nothing.
   */
  note_usage: {
    runBy: ['every role'],
    includes: [],
    keys: ['exchangeUsage'],
    args: ['weight', 'orders10Sec', 'orders1Min', 'keepMs'],
    atMaxmemory: 'refused',
    replies: ['noted'],
  },
  /**
   * An amount that this system did not write last holds from now on: fills until now are part of it. A ledger that
   * another service left before the first start holds from the time that service gave it.
   */
  notice_ledger: {
    runBy: ['position-brain'],
    includes: ['now', 'typed', 'event'],
    keys: ['ledger', 'ledgerSeen', 'epoch', 'governorEvents', 'keptEvents'],
    args: ['expectedAmt', 'expectedVersion', 'symbol'],
    atMaxmemory: 'allowed',
    replies: ['noticed', 'changed'],
  },
  /**
   * Publishes one attempt of a plan: writes dedupe key, journal and stream entry, and deletes the verdicts of
   * earlier attempts, all or nothing. With keepsManual, a Governor permit that a hand wrote stays: it names no
   * attempt. A strategy's proposal has one plan at a time: while that plan is open or waits for its next attempt, a
   * newer stamp publishes no other, nor after a person has rejected the proposal in this episode. While a plan of an
   * operator is open or waits, the strategy's plan waits. With persist, the target is stored in the same step, if
   * the standing proposal has not changed since it was read. With repeats, the plan sends a full close again before
   * the outcome of these orders is known: only once for each of them, a limited number of times, and within
   * claimWithinMs of the first claim.
   */
  publish_plan: {
    runBy: ['apply'],
    includes: ['now', 'typed', 'guard', 'standing', 'rejected'],
    keys: [
      'dedupe',
      'journal',
      'openPlans',
      'retries',
      'planStream',
      'governorPermit',
      'positionPermit',
      'governorBlock',
      'planIndex',
      'trace',
      'standing',
      'takenUp',
      'inflight',
      'repeatedJournal',
    ],
    args: [
      'token',
      'planId',
      'attempt',
      'mode',
      'dedupeTtlMs',
      'windowMs',
      'maxAttempts',
      'freshUntilMs',
      'symbol',
      'action',
      'proposal',
      'continuation',
      'continues',
      'identity',
      'persist',
      'episode',
      'startsEpisode',
      'expectedTakenUp',
      'takenUpValue',
      'keepMs',
      'repeats',
      'repeatedAttempt',
      'firstClaimedMs',
      'resends',
      'mostResends',
      'claimWithinMs',
      'clockSteps',
      'keepsManual',
    ],
    rest: 'fields',
    atMaxmemory: 'refused',
    replies: [
      'published',
      'duplicate',
      'attempt_is',
      'backing_off',
      'exhausted',
      'open_plan',
      'waits_for',
      'rejected',
      'standing_changed',
    ],
  },
  /**
   * Records once that a proposal was refused: plan entry, result entry and journal. If the same plan is allowed
   * later, that replaces the journal. The dedupe key is not set.
   */
  publish_refusal: {
    runBy: ['apply'],
    includes: ['now'],
    keys: ['dedupe', 'journal', 'refused', 'planStream', 'resultStream', 'planIndex', 'trace'],
    args: ['digest', 'planId', 'refusedTtlMs', 'keepMs', 'state', 'symbol', 'action', 'detail', 'planFieldCount'],
    rest: 'fields',
    atMaxmemory: 'refused',
    replies: ['refused', 'duplicate', 'repeated'],
  },
  /**
   * Where the audit stream of this process ends, and the recorded ends of all chains. What is larger than a recorded
   * end can be is left out.
   */
  read_audit: {
    runBy: ['every role'],
    includes: ['now', 'stream_info'],
    keys: ['audit', 'auditHeads'],
    args: [],
    atMaxmemory: 'reads',
    replies: ['audit'],
  },
  /**
   * The entries of a stream after `from` up to `to` ('+' for the newest), oldest first, at most `count`, and the ids
   * up to `to` that the group has read and not acknowledged. Of an entry that is larger than mostBytes only its size
   * comes back.
   */
  read_backlog: {
    runBy: ['operator'],
    includes: ['now', 'measured', 'stream_info'],
    keys: ['stream'],
    args: ['group', 'from', 'to', 'count', 'mostBytes'],
    atMaxmemory: 'reads',
    replies: ['backlog', 'no_group'],
  },
  /** Redis' clock, read by the server that has the open plans. */
  read_clock: {
    runBy: ['every role', 'operator'],
    includes: ['now'],
    keys: ['openPlans'],
    args: [],
    atMaxmemory: 'reads',
    replies: ['now'],
  },
  /**
   * The stored control state, on the connection that changes it. A key of another type reads as 'null', which is no
   * state.
   */
  read_control: {
    runBy: ['every role', 'operator'],
    includes: [],
    keys: ['killSwitch', 'arm', 'governorDisarm'],
    args: [],
    atMaxmemory: 'reads',
    replies: ['control'],
  },
  /** One entry of a stream, or none. Of one that is larger than mostBytes only its size comes back. */
  read_entry: {
    runBy: ['operator'],
    includes: ['now', 'measured'],
    keys: ['stream'],
    args: ['id', 'mostBytes'],
    atMaxmemory: 'reads',
    replies: ['entry'],
  },
  /**
   * What four streams hold after given ids, oldest first, what each stream has given out, and the open plans with
   * the time of their next check: all as of one moment. Of an entry that is larger than mostBytes only its size
   * comes back.
   */
  read_events: {
    runBy: ['every role'],
    includes: ['now', 'measured', 'stream_info'],
    keys: ['planStream', 'permitEvents', 'resultStream', 'governorEvents', 'openPlans'],
    args: ['plansFrom', 'permitsFrom', 'resultsFrom', 'controlFrom', 'count', 'mostBytes'],
    atMaxmemory: 'reads',
    replies: ['events'],
  },
  /**
   * The newest of the last plans and results that another implementation of Apply wrote: its id and its plan; '' for
   * none.
   */
  read_foreign: {
    runBy: ['operator'],
    includes: ['now', 'foreign'],
    keys: ['planStream', 'resultStream'],
    args: ['latest', 'longestPlanId'],
    atMaxmemory: 'reads',
    replies: ['newest'],
  },
  /**
   * The plans and results of another implementation of Apply after two ids, oldest first, among the next `count`
   * entries of each stream; and the last ids that were looked at, '' where nothing came after. Entries larger than
   * mostBytes are left out.
   */
  read_foreign_entries: {
    runBy: ['every role'],
    includes: ['now', 'measured', 'foreign'],
    keys: ['planStream', 'resultStream'],
    args: ['plansAfter', 'resultsAfter', 'count', 'mostBytes'],
    atMaxmemory: 'reads',
    replies: ['foreign'],
  },
  /** Reads everything that the Governor's decision is based on, at one instant. */
  read_governor_evidence: {
    runBy: ['every role'],
    includes: ['now', 'claim_conditions', 'governor_evidence'],
    keys: [
      'journal',
      'snapshot',
      'executions',
      'usage',
      'killSwitch',
      'arm',
      'governorDisarm',
      'reservation',
      'repeatedReservation',
      'suspended',
    ],
    args: ['continues', 'repeats'],
    atMaxmemory: 'reads',
    replies: ['evidence'],
  },
  /**
   * Permit events from an id on, oldest first, and the newest id of the stream. Of an event that is larger than
   * mostBytes only its size comes back.
   */
  read_permit_events: {
    runBy: ['every role'],
    includes: ['now', 'measured', 'stream_info'],
    keys: ['permitEvents'],
    args: ['from', 'count', 'mostBytes'],
    atMaxmemory: 'reads',
    replies: ['events'],
  },
  /**
   * Reads everything that the Position Brain's decision is based on, at one instant. A key of another type is read
   * as none, and named.
   */
  read_position_evidence: {
    runBy: ['every role'],
    includes: ['now', 'claim_conditions', 'typed', 'guard', 'position_evidence'],
    keys: [
      'journal',
      'snapshot',
      'ledger',
      'hold',
      'inflight',
      'epoch',
      'ledgerSeen',
      'unsettled',
      'killSwitch',
      'arm',
      'governorDisarm',
      'suspended',
    ],
    args: [],
    atMaxmemory: 'reads',
    replies: ['evidence'],
  },
  /**
   * The named fields of proposal hashes, '' for one that a hash lacks. Sizes are asked first: of a hash with a field
   * of more than mostBytes nothing is read. Answers for each key `none`, `proposal` and its values, `too_large`, the
   * field and its bytes, or `error` and what Redis says. More keys may follow the first.
   */
  read_proposal: {
    runBy: ['apply'],
    includes: [],
    keys: ['proposal'],
    args: ['mostBytes'],
    rest: 'fields',
    atMaxmemory: 'reads',
    replies: ['proposals'],
  },
  /** Results from an id on, oldest first. Of one that is larger than mostBytes only its size comes back. */
  read_results: {
    runBy: ['every role'],
    includes: ['now', 'measured'],
    keys: ['resultStream'],
    args: ['from', 'count', 'mostBytes'],
    atMaxmemory: 'reads',
    replies: ['results'],
  },
  /** The types of the keys that there is one of for the whole deployment, in the order of the keys. */
  read_shared_types: {
    runBy: ['every role'],
    includes: [],
    keys: [
      'keptEvents',
      'openPlans',
      'retries',
      'planIndex',
      'unknownFills',
      'exchangeCompared',
      'streamAlive',
      'openReservations',
      'governorErrors',
      'governorDisarm',
      'killSwitch',
      'arm',
      'account',
      'server',
      'waitingApprovals',
      'settledDeadLetters',
      'auditHeads',
      'ban',
      'exchangeUsage',
    ],
    args: [],
    atMaxmemory: 'reads',
    replies: ['types'],
  },
  /**
   * The newest id that each stream has given out, or what is wrong with its key, and how many events wait for the
   * event stream. Readiness runs it, so it also proves that scripts run.
   */
  read_streams: {
    runBy: ['every role'],
    includes: ['now', 'stream_info'],
    keys: [
      'proposalStream',
      'cellsProposals',
      'planStream',
      'resultStream',
      'permitEvents',
      'governorEvents',
      'deadLetters',
      'keptEvents',
    ],
    args: [],
    atMaxmemory: 'reads',
    replies: ['streams'],
  },
  /**
   * Which keys of symbols have another type than they are used as, and what the strategy of each symbol asks for.
   * `expected`: the type of each key, in the order of the keys. Of each further symbol: the same keys again.
   */
  read_symbol_types: {
    runBy: ['every role'],
    includes: [],
    keys: [
      'proposal',
      'snapshot',
      'ledger',
      'inflight',
      'unsettled',
      'standing',
      'refused',
      'epoch',
      'hold',
      'suspended',
      'ledgerSeen',
      'executions',
      'usage',
    ],
    args: [],
    rest: 'expected',
    atMaxmemory: 'reads',
    replies: ['types'],
  },
  /** The types of taken-up proposals; more keys may follow the first. */
  read_target_types: {
    runBy: ['every role'],
    includes: [],
    keys: ['takenUp'],
    args: [],
    atMaxmemory: 'reads',
    replies: ['types'],
  },
  /**
   * After Redis' clock was set, moves the stored times of a ledger by the same step, once for each step. Otherwise a
   * time that lies ahead would leave fills out of the ledger and keep the cooldown running. A ledger from before
   * this was recorded is moved by the last step if its times lie ahead. A time that still lies ahead becomes the
   * present one.
   */
  rebase_ledger: {
    runBy: ['position-brain'],
    includes: ['now', 'typed'],
    keys: ['ledger', 'ledgerSeen', 'server'],
    args: [],
    atMaxmemory: 'allowed',
    replies: ['rebased'],
  },
  /**
   * After Redis' clock was set, moves the times of a symbol's executions by the same step, so that the limits of an
   * hour and of five minutes count them neither too short nor too long.
   */
  rebase_limits: {
    runBy: ['governor'],
    includes: ['now', 'rebase'],
    keys: ['server', 'executions'],
    args: ['symbol'],
    atMaxmemory: 'allowed',
    replies: ['rebased'],
  },
  /** After Redis' clock was set, moves the times at which open plans and retries are due by the same step. */
  rebase_plans: {
    runBy: ['apply'],
    includes: ['now', 'rebase'],
    keys: ['server', 'openPlans', 'retries'],
    args: [],
    atMaxmemory: 'allowed',
    replies: ['rebased'],
  },
  /**
   * Checks the conditions of the claim again before an order that was definitely not accepted is signed and sent
   * again. Its quantity may be smaller now.
   */
  recheck_claim: {
    runBy: ['apply'],
    includes: ['now', 'guard', 'claim_conditions', 'standing', 'claim_refusal'],
    keys: [
      'journal',
      'killSwitch',
      'arm',
      'governorDisarm',
      'hold',
      'inflight',
      'openPlans',
      'trace',
      'server',
      'proposal',
      'standing',
      'suspended',
    ],
    args: ['token', 'planId', 'attempt', 'quantity', 'signedMs', 'acceptMs', 'lastSeenKillSeq', 'lastSeenDisarmSeq'],
    atMaxmemory: 'refused',
    replies: [
      'claimed',
      'taken',
      'expired',
      'settling',
      'kill_switch_active',
      'disarmed',
      'symbol_suspended',
      'proposal_withdrawn',
      'proposal_superseded',
      'on_hold',
      'in_flight',
    ],
  },
  /**
   * Records the final outcome of an attempt. Refused for an attempt that has ended already or is in none of the
   * given states. With waitsForApproval the plan waits for a person while its proposal is fresh: that counts as no
   * try.
   */
  record_result: {
    runBy: ['apply', 'operator'],
    includes: ['now', 'typed', 'guard', 'finish'],
    keys: [
      'journal',
      'governorPermit',
      'positionPermit',
      'inflight',
      'openPlans',
      'retries',
      'resultStream',
      'planStream',
      'dedupe',
      'trace',
      'takenUp',
      'unsettled',
      'approval',
    ],
    args: [
      'token',
      'planId',
      'attempt',
      'fromStates',
      'onlyAfterDeadline',
      'claimToken',
      'state',
      'guard',
      'guardMs',
      'retryAfterMs',
      'maxTries',
      'releaseDedupe',
      'group',
      'keepMs',
      'takenUpValue',
      'continueAfterMs',
      'resumable',
      'resolution',
      'waitsForApproval',
    ],
    rest: 'fields',
    atMaxmemory: 'allowed',
    replies: ['recorded', 'closed', 'early'],
  },
  /**
   * Stores the position in one symbol as the exchange reports it, or in all symbols of one read. Discards the answer
   * to an older request. A changed amount raises the position epoch. clockSteps: the sum of the steps of Redis'
   * clock that tsMs includes. `agreed`: stored, the ledger that this system wrote is the same, and there is no hold.
   * Of each further symbol: four more keys, and seven more arguments: amount, side, entryPrice, markPrice,
   * unrealizedPnl, leverage, restingReduceQty.
   */
  record_snapshot: {
    runBy: ['position-brain'],
    includes: ['now', 'typed'],
    keys: ['snapshot', 'epoch', 'ledger', 'hold'],
    args: [
      'tsMs',
      'amount',
      'side',
      'entryPrice',
      'markPrice',
      'unrealizedPnl',
      'leverage',
      'restingReduceQty',
      'source',
      'ttlSec',
      'clockSteps',
    ],
    rest: 'more',
    atMaxmemory: 'allowed',
    replies: ['stored'],
  },
  /**
   * Stores a newer stamp of a plan's proposal while the plan is open or waits for its next attempt. The next attempt
   * uses it. A plan that waits for the approval of a person waits as long as it is fresh.
   */
  renew_plan: {
    runBy: ['apply'],
    includes: [],
    keys: ['journal', 'retries'],
    args: ['planId', 'freshUntilMs', 'proposal'],
    atMaxmemory: 'allowed',
    replies: ['renewed', 'older', 'closed'],
  },
  /**
   * Makes a stream take entries again after somebody appended an id that is further ahead of Redis' clock than
   * reachMs, or put a key of another type in its place. The entries with such ids are removed, the last id is set
   * back, and what is still needed is appended again in its order: with keep 'all' every entry, with 'unread' what a
   * group has not read or acknowledged, with 'none' nothing. Groups and all other entries stay as they are.
   */
  renew_stream: {
    runBy: ['operator'],
    includes: ['now', 'event', 'newer'],
    keys: ['renewed', 'governorEvents', 'keptEvents'],
    args: ['name', 'reachMs', 'keep', 'groups', 'reason', 'actor'],
    atMaxmemory: 'allowed',
    replies: ['renewed', 'replaced', 'fine', 'absent'],
  },
  /** Bans calls to the exchange for every process. Never shortens a longer ban. */
  report_ban: {
    runBy: ['every role'],
    includes: [],
    keys: ['ban'],
    args: ['untilMs', 'forMs'],
    atMaxmemory: 'allowed',
    replies: ['banned', 'longer'],
  },
  /** Adds one event about something that has happened. */
  report_event: {
    runBy: ['every role'],
    includes: ['now', 'event'],
    keys: ['governorEvents', 'keptEvents'],
    args: ['event', 'reason', 'context', 'action'],
    atMaxmemory: 'allowed',
    replies: ['reported'],
  },
  /**
   * Makes a plan that ended due for one more attempt, if nothing about it has changed since it was judged and its
   * proposal still stands and is fresh. The attempt uses the newest stamp of the proposal.
   */
  request_retry: {
    runBy: ['operator'],
    includes: ['now', 'standing'],
    keys: ['journal', 'retries', 'dedupe', 'proposal', 'standing', 'trace'],
    args: ['planId', 'state', 'attempt', 'maxAttempts', 'maxAgeMs', 'detail'],
    atMaxmemory: 'refused',
    replies: ['due', 'changed', 'scheduled', 'stale', 'proposal_withdrawn', 'proposal_superseded'],
  },
  /** Restores a stop that Redis has lost, only if the stored state is older, missing or unreadable. */
  restore_control: {
    runBy: ['operator'],
    includes: ['now', 'event'],
    keys: ['state', 'governorEvents', 'keptEvents'],
    args: ['value', 'seq', 'what'],
    atMaxmemory: 'allowed',
    replies: ['restored', 'newer'],
  },
  /**
   * Empties the audit stream of a chain whose entries are all older than the retention, and forgets its recorded
   * end, if that is still the given one.
   */
  retire_audit: {
    runBy: ['every role'],
    includes: [],
    keys: ['audit', 'auditHeads'],
    args: ['chain', 'head'],
    atMaxmemory: 'allowed',
    replies: ['retired', 'changed'],
  },
  /**
   * Sets the kill switch or the arm state for an operator and adds an event. Arming also lifts the Governor's own
   * disarm. The number of a change is higher than the stored one and than the one that the caller has seen, so that
   * a change that Redis lost is detected. A stop with a pressId is stored once: the same pressId again, after a lost
   * reply, changes nothing, also when the stop was released meanwhile ('ended'). A stop that meets an engaged switch
   * keeps who engaged it, why and when ('kept'). What is stored before may be anything.
   */
  set_control: {
    runBy: ['operator'],
    includes: ['now', 'event'],
    keys: ['state', 'governorDisarm', 'governorEvents', 'keptEvents'],
    args: ['value', 'event', 'reason', 'context', 'liftGovernorDisarm', 'seenSeq', 'pressId'],
    atMaxmemory: 'allowed',
    replies: ['set', 'kept', 'ended'],
  },
  /** Holds one symbol until it is reconciled or the hold is lifted, and reports that as an event. */
  set_hold: {
    runBy: ['apply', 'position-brain', 'operator'],
    includes: ['now', 'typed', 'event'],
    keys: ['hold', 'governorEvents', 'keptEvents', 'epoch'],
    args: ['value', 'reason', 'onlyIfAbsent'],
    atMaxmemory: 'allowed',
    replies: ['held', 'exists'],
  },
  /**
   * Sets the ledger to the amount of the exchange (adopt or reconcile), only if that amount is still the one that
   * was seen and no order of this system is open. Reconciling replaces a ledger of another type.
   */
  set_ledger: {
    runBy: ['position-brain', 'operator'],
    includes: ['now', 'typed', 'event'],
    keys: [
      'ledger',
      'snapshot',
      'inflight',
      'hold',
      'epoch',
      'ledgerSeen',
      'governorEvents',
      'keptEvents',
      'unsettled',
    ],
    args: [
      'expectedExchangeAmt',
      'source',
      'reason',
      'onlyIfAbsent',
      'keepOperatorHold',
      'minSnapshotMs',
      'actor',
      'clockSteps',
      'symbol',
    ],
    atMaxmemory: 'allowed',
    replies: ['set', 'exists', 'in_flight', 'exchange_amount_is', 'no_snapshot', 'snapshot_old'],
  },
  /**
   * Suspends one symbol, so that no plan of it is claimed, or with an empty value allows it again, and reports that
   * as an event. The first suspension stays, with who set it and why; one that cannot be read is replaced. Permits
   * for the symbol that were given before cannot be used.
   */
  set_suspension: {
    runBy: ['operator'],
    includes: ['now', 'typed', 'event'],
    keys: ['suspended', 'governorEvents', 'keptEvents', 'epoch'],
    args: ['value', 'event', 'reason', 'context'],
    atMaxmemory: 'allowed',
    replies: ['set', 'unchanged'],
  },
  /**
   * Settles a dead letter for an operator, once: discards it, or delivers its entry again under its own id to the
   * group that it came from.
   */
  settle_dead_letter: {
    runBy: ['operator'],
    includes: ['now'],
    keys: ['deadLetters', 'settledDeadLetters', 'stream'],
    args: ['token', 'deadLetterId', 'outcome', 'by', 'reason', 'group', 'entryId', 'consumer', 'idleMs'],
    atMaxmemory: 'allowed',
    replies: ['settled', 'already', 'absent', 'entry_gone', 'no_group'],
  },
  /**
   * Commits, releases or keeps the reservation of one attempt and acknowledges its result. A reservation is kept if
   * the attempt executed and the quantity is not known yet: after that nothing releases it, and only a known fill
   * commits it.
   */
  settle_reservation: {
    runBy: ['governor'],
    includes: ['now'],
    keys: ['reservation', 'openReservations', 'executions', 'usage', 'resultStream'],
    args: [
      'planId',
      'attempt',
      'outcome',
      'usageVersion',
      'dayNotional',
      'dayQty',
      'isTakenOver',
      'group',
      'entryId',
      'fillOf',
    ],
    atMaxmemory: 'allowed',
    replies: ['settled', 'nothing', 'usage_changed'],
  },
  /**
   * Lets a consumer group go on after `to`, if it has read no further than `seen` meanwhile. What it has read up to
   * there and not acknowledged is acknowledged.
   */
  skip_entries: {
    runBy: ['operator'],
    includes: ['now', 'event', 'stream_info'],
    keys: ['stream', 'governorEvents', 'keptEvents'],
    args: ['group', 'seen', 'to', 'reason', 'context'],
    atMaxmemory: 'allowed',
    replies: ['skipped', 'moved', 'no_group'],
  },
  /** Stores what one channel was told, if this process still sends the messages. */
  store_told: {
    runBy: ['every role'],
    includes: [],
    keys: ['notifyLeader', 'notifyTold'],
    args: ['token', 'channel', 'told', 'keepMs'],
    atMaxmemory: 'allowed',
    replies: ['stored', 'not_leader'],
  },
  /** Deletes a permit of the caller, only if the stored bytes are those that it issued. */
  take_back_permit: {
    runBy: ['governor', 'position-brain'],
    includes: [],
    keys: ['permit'],
    args: ['bytes'],
    atMaxmemory: 'allowed',
    replies: ['taken_back', 'gone'],
  },
  /**
   * What a proposal is judged beside, as of one instant. With takeIn it is noted as what the strategy asks for now,
   * if it is the newest; the plan of what it replaces comes back, to be ended, where that is open or waits for its
   * next attempt. A HOLD begins another episode of the symbol. Over a record of another type nothing is noted: its
   * episode is lost with it, and the answer says so. A snapshot or ledger of another type is read as none. The
   * evidence that a plan of it carries to both issuers is read in the same step, as JSON; '' where a key is of
   * another type.
   */
  take_in_proposal: {
    runBy: ['apply'],
    includes: ['now', 'typed', 'standing', 'guard', 'claim_conditions', 'governor_evidence', 'position_evidence'],
    keys: [
      'killSwitch',
      'arm',
      'governorDisarm',
      'snapshot',
      'ledger',
      'proposal',
      'standing',
      'takenUp',
      'openPlans',
      'retries',
      'inflight',
      'unsettled',
      'suspended',
      'hold',
      'epoch',
      'ledgerSeen',
      'executions',
      'usage',
    ],
    args: [
      'takeIn',
      'source',
      'action',
      'closePct',
      'proposalId',
      'stop',
      'stamp',
      'latestEpoch',
      'generation',
      'keepMs',
    ],
    atMaxmemory: 'allowed',
    replies: ['context'],
  },
  /** Starts the wait of one attempt for its permits and returns the verdicts that exist already. */
  take_plan: {
    runBy: ['apply'],
    includes: ['now'],
    keys: ['journal', 'governorPermit', 'positionPermit', 'governorBlock', 'trace'],
    args: ['attempt', 'entryId', 'owner'],
    atMaxmemory: 'refused',
    replies: ['waiting', 'expired', 'closed', 'superseded', 'other_entry', 'no_journal'],
  },
  /**
   * Writes a Governor permit for an operator, for an open attempt without one: permit, trace, and the event that
   * wakes the plan. Writes none while the kill switch is engaged, or while the system is disarmed and the attempt is
   * not a dry run.
   */
  write_permit: {
    runBy: ['operator'],
    includes: ['now', 'plan_open', 'claim_conditions', 'wake'],
    keys: ['journal', 'governorPermit', 'permitEvents', 'trace', 'killSwitch', 'arm', 'governorDisarm'],
    args: [
      'planId',
      'attempt',
      'permit',
      'ttlMs',
      'eventsMaxLen',
      'by',
      'reason',
      'lastSeenKillSeq',
      'lastSeenDisarmSeq',
    ],
    atMaxmemory: 'refused',
    replies: ['written', 'closed', 'expired', 'exists', 'kill_switch_active', 'disarmed'],
  },
} as const;
