/*
 * The protocol between one plan's publication and its results, on one symbol: what each process of permit-gate does to
 * Redis and to the venue, and everything that may come in between. docs/model.md says what is left out.
 *
 * Every inline named after a script of src/redis/lua is one atomic step, with that script's conditions in that script's
 * order and its reply in `word`. Between two steps any process may run: a pause of any length, at any place. CRASH loses
 * what an Apply knew. Clocks are events that may come at any time, within what the settings promise about their order.
 * `born`, `figure`, `inside`, `accepted` and `results` only watch: no step decides by them.
 *
 * Scope: PLANS, ATTEMPTS, APPLIES, SENDS, and with KILL, RELEASE, FOREIGN, STOP what else takes part. MUTANT_… breaks one rule.
 */
#ifndef PLANS
#define PLANS 1
#endif
#ifndef ATTEMPTS
#define ATTEMPTS 1
#endif
#ifndef APPLIES
#define APPLIES 2
#endif
#ifndef SENDS
#define SENDS 1
#endif
#ifndef ISSUES
#define ISSUES 1
#endif
#ifndef FOREIGN
#define FOREIGN 0
#endif
#define ORDERS (PLANS * ATTEMPTS)
#define ORDER(p, a) ((p) * ATTEMPTS + (a) - 1)

/* Steps that change nothing: left out of the search, wanted where the model's replies are compared with the scripts'. */
#ifdef PROBE
#define PROBES true
#else
#define PROBES false
#endif

mtype = { ABSENT, PUBLISHED, WAITING, CLAIMED, UNKNOWN, FILLED, REJECTED, BLOCKED, EXPIRED, NOT_FOUND };
mtype = { no_word, go, published, duplicate, attempt_is, waiting, expired, closed, superseded, claimed, taken, kill_switch_active, in_flight,
  position_changed, permit_gone, permit_changed, issued, already_issued, recorded, early, noted, applied, set, event,
  order_accepted, order_rejected, not_accepted };
mtype = { publish_plan, take_plan, see_governor, see_position, sign, claim_permits, recheck_claim, write_order, record_result,
  note_order, issue_governor_permit, governor_block, foreign_governor, issue_permit, foreign_position, apply_fill,
  record_snapshot, set_control, venue, window_over, request_stale, accept_over, proof_over, guard_over, permit_over, crash };

/* The journal hash of a plan and the keys that carry its id. Verdict bytes: 1 a foreign yes, which names no attempt;
 * 10*attempt + n our yes, the n-th; 10*attempt + 5 our no. */
typedef Plan {
  mtype state = ABSENT;
  byte attempt, token, accept;      /* accept: 1 the venue may take the request, 2 accept_until_ms passed, 3 and the proof time */
  bool answered, retry, dedupe, over;
  byte governor, position, epoch, block;
  byte bornG, bornP, figure
}
/* One attempt's request and order at the venue. */
typedef Order {
  byte sent, accepted, results, issues;
  bool fresh, reserved, counted, settled, inside;
  mtype reply = no_word;
  byte bornG, bornP, figure
}
Plan P[PLANS];
Order O[ORDERS];
bool busy[APPLIES], fresh[APPLIES], may[APPLIES];  /* the signature of an Apply: young enough for the venue; claimed with */
byte guard, unsettled, epoch = 1, figure, snapshot, ledger, changes;
bool guardTtl, kill, stopped;
mtype word = no_word;

#define OPEN(p) (P[p].state == PUBLISHED || P[p].state == WAITING)
#define OUT(p) (P[p].state == CLAIMED || P[p].state == UNKNOWN)
#define WANTED(p, a) (OPEN(p) && P[p].attempt == a && !P[p].over)      /* lib/plan_open.lua */
#define LATE(p, a) (P[p].attempt != a || !OPEN(p) -> closed : expired)
#define YES(bytes, a) (bytes == 1 || (bytes / 10 == a && bytes % 10 < 5))
#define NO(bytes, a) (bytes == 10 * a + 5)
#define OWN(p, a) (1 + ORDER(p, a))
#define LINE(s, p, a, w, x, y, z) \
  printf("@ %e p%d a%d w%d x%d y%d z%d -> %e | %e attempt=%d governor=%d position=%d block=%d dedupe=%d retry=%d guard=%d ttl=%d unsettled=%d epoch=%d kill=%d\n", \
    s, p, a, w, x, y, z, word, P[p].state, P[p].attempt, P[p].governor, P[p].position, P[p].block, P[p].dedupe, P[p].retry, guard, guardTtl, unsettled, epoch, kill)
#define DONE word = no_word
#define NO_PERMITS(p) P[p].governor = 0; P[p].position = 0; P[p].epoch = 0; P[p].bornG = 0; P[p].bornP = 0; P[p].figure = 0
#define NOBODY 9

#ifdef MUTANT_NO_ATTEMPT_CHECK
#define CURRENT(p, a) true
#else
#define CURRENT(p, a) (P[p].attempt == a)
#endif
#ifdef MUTANT_PROOF_ZERO
#define PROVEN(p) (P[p].accept >= 2)
#else
#define PROVEN(p) (P[p].accept == 3)
#endif

inline publish(p, n) {
  word = (OPEN(p) || OUT(p) || P[p].dedupe -> duplicate : (P[p].attempt + 1 != n -> attempt_is :
    (P[p].attempt > 0 && !P[p].retry -> duplicate : published)));
  if
  :: word == published ->
    assert(P[p].attempt == 0 || O[ORDER(p, P[p].attempt)].accepted == 0);
    P[p].attempt++; P[p].state = PUBLISHED; P[p].dedupe = 1; P[p].retry = 0; P[p].over = 0; P[p].block = 0;
#ifndef MUTANT_PUBLISH_KEEPS_PERMITS
    NO_PERMITS(p)
#endif
  :: else
  fi;
  LINE(publish_plan, p, n, 0, 0, 0, 0); DONE
}

inline take(p, a, w) {
  word = (a < P[p].attempt -> superseded : (!OPEN(p) -> closed : (P[p].over -> expired : waiting)));
  if :: word == waiting -> P[p].state = WAITING :: else fi;
  LINE(take_plan, p, a, w, 0, 0, 0)
}

inline claim(p, a, w, g, q, e) {
  word = (P[p].state == CLAIMED && P[p].attempt == a && P[p].token == w + 1 -> claimed :
    (P[p].state != WAITING || !CURRENT(p, a) -> taken :
    (P[p].over -> expired : (kill -> kill_switch_active : (guard -> in_flight : (e && epoch != e -> position_changed :
    (!P[p].governor || !P[p].position -> permit_gone :
    (P[p].governor != g || P[p].position != q || P[p].epoch != e -> permit_changed : go))))))));
  if
  :: word == go ->
    O[ORDER(p, a)].bornG = P[p].bornG; O[ORDER(p, a)].bornP = P[p].bornP; O[ORDER(p, a)].figure = P[p].figure; O[ORDER(p, a)].inside = 1;
    NO_PERMITS(p);
#ifndef MUTANT_NO_GUARD
    guard = OWN(p, a); guardTtl = 0;
#endif
    epoch++; P[p].state = CLAIMED; O[ORDER(p, a)].issues = 0; O[ORDER(p, a)].reserved = 0; P[p].token = w + 1; P[p].accept = 1; may[w] = 1; word = claimed
  :: else
  fi;
  LINE(claim_permits, p, a, w, g, q, e)
}

inline recheck(p, a, w) {
  word = (P[p].state != CLAIMED || P[p].attempt != a || P[p].token != w + 1 -> taken : (P[p].over -> expired :
    (kill -> kill_switch_active : (guard != OWN(p, a) -> in_flight : claimed))));
#ifdef MUTANT_NO_RECHECK
  word = claimed;
#endif
  if :: word == claimed -> P[p].accept = 1; may[w] = 1 :: else fi;
  LINE(recheck_claim, p, a, w, 0, 0, 0)
}

/* What nothing asks for after the end of an attempt. */
#define FORGET_ORDER(p, a) O[ORDER(p, a)].issues = 0; O[ORDER(p, a)].reserved = 0; O[ORDER(p, a)].reply = no_word; \
  O[ORDER(p, a)].bornG = 0; O[ORDER(p, a)].bornP = 0; O[ORDER(p, a)].figure = 0; O[ORDER(p, a)].inside = 0
/* from: 1 PUBLISHED or WAITING, 2 WAITING, 3 CLAIMED, 4 CLAIMED or UNKNOWN. tk 0: anybody's claim. */
#define FROM(p, from) ((from == 1 && OPEN(p)) || (from == 2 && P[p].state == WAITING) || (from == 3 && P[p].state == CLAIMED) || (from == 4 && OUT(p)))
inline record(p, a, w, from, tk, late, ending, again) {
  word = (P[p].attempt != a || !FROM(p, from) || (tk && P[p].token != tk) -> closed : (late && !P[p].over -> early : go));
#ifdef MUTANT_RESULT_TWICE
  word = (P[p].attempt != a -> closed : go);
#endif
  if
  :: word == go ->
    assert(O[ORDER(p, a)].results == 0);
    assert((ending == FILLED) == (O[ORDER(p, a)].accepted > 0));
    O[ORDER(p, a)].results = 1; P[p].state = ending; P[p].dedupe = P[p].dedupe && !again; P[p].retry = again && a < ATTEMPTS;
    if
    :: guard == OWN(p, a) && ending == FILLED -> guardTtl = 1
    :: guard == OWN(p, a) && ending != FILLED -> guard = 0
    :: else
    fi;
#ifndef MUTANT_NO_UNSETTLED
    if :: ending == FILLED -> unsettled = OWN(p, a) :: else fi;
#endif
    NO_PERMITS(p);
    P[p].token = 0; P[p].accept = 0; P[p].answered = 0; P[p].over = 0; word = recorded;
    FORGET_ORDER(p, a)
  :: else
  fi;
  LINE(record_result, p, a, w, from * 10 + late, ending, again * 10 + tk)
}

inline note(p, a, w, unknown) {
  word = (P[p].attempt != a || !OUT(p) -> closed : noted);
  if
  :: word == noted && unknown -> P[p].state = UNKNOWN
  :: word == noted && !unknown -> P[p].answered = 1
  :: else
  fi;
  LINE(note_order, p, a, w, unknown, 0, 0); DONE
}

inline write(p, a, w) {
  O[ORDER(p, a)].sent++; O[ORDER(p, a)].fresh = fresh[w]; O[ORDER(p, a)].reply = no_word; fresh[w] = 0; may[w] = 0;
  LINE(write_order, p, a, w, 0, 0, 0)
}

#define FORGET \
  if :: P[p].token == w + 1 -> P[p].token = NOBODY :: else fi; \
  busy[w] = 0; fresh[w] = 0; may[w] = 0; p = 0; a = 0; g = 0; q = 0; e = 0; sends = 0; from = 0; ending = ABSENT; again = 0
#define LEAVE FORGET; DONE; goto idle
#define CRASH atomic { LINE(crash, p, a, w, 0, 0, 0); FORGET; goto idle }
#define END(f, s, r) from = f; ending = s; again = r; DONE; goto finish
#define ENTRY(p) (OPEN(p) || (PROBES && P[p].attempt > 0))

/* src/apply: PlanRunner, PermitWaiter, OrderSender, one attempt at a time. Of two that do nothing the first takes; of two plans each has one. */
proctype Apply(byte w) {
  byte p, a, g, q, e, sends, from;
  bool again;
  mtype ending = ABSENT;
end_idle: idle:
  atomic {
    if
#if PLANS > 1
    :: ENTRY(w) -> p = w
#else
    :: ENTRY(0) && (w == 0 || busy[0]) -> p = 0
#endif
    fi;
    busy[w] = 1; a = P[p].attempt;
    if :: true -> skip :: PROBES && a > 1 -> a = 1 fi;
    take(p, a, w);
    if
    :: word == waiting -> DONE
    :: word == expired -> END(1, EXPIRED, 1)
    :: else -> LEAVE
    fi
  }
wait:
  if
  :: atomic { g == 0 && YES(P[p].governor, a) -> g = P[p].governor; LINE(see_governor, p, a, w, g, 0, 0); goto wait }
  :: atomic { q == 0 && YES(P[p].position, a) -> q = P[p].position; e = P[p].epoch; LINE(see_position, p, a, w, q, e, 0); goto wait }
  :: atomic { P[p].block == a || NO(P[p].position, a) -> if :: END(2, BLOCKED, 0) :: END(2, BLOCKED, 1) fi }
  :: atomic { P[p].over || P[p].attempt != a || !OPEN(p) -> END(2, EXPIRED, 1) }
  :: atomic { PROBES && !P[p].over && P[p].attempt == a && P[p].state == WAITING -> record(p, a, w, 2, 0, 1, EXPIRED, 1); DONE; goto wait }
  :: atomic { g && q -> fresh[w] = 1; LINE(sign, p, a, w, 0, 0, 0) }
  :: CRASH
  fi;
#ifdef MUTANT_WRITE_BEFORE_CLAIM
  atomic { write(p, a, w) };
#endif
claim_:
  if
  :: atomic {
      claim(p, a, w, g, q, e);
      if
      :: word == claimed -> if :: DONE; goto send :: DONE; goto claim_ :: DONE; goto give_up fi  /* a lost reply is asked for again, in time */
      :: word == taken -> LEAVE
      :: word == in_flight || word == position_changed || word == expired -> END(2, BLOCKED, 1)
      :: word == kill_switch_active || word == permit_gone || word == permit_changed -> END(2, BLOCKED, 0)
      fi
    }
  :: goto give_up /* Redis never got it */
  :: CRASH
  fi;
send:
#ifndef MUTANT_WRITE_BEFORE_CLAIM
  if
  :: atomic { write(p, a, w) }
  :: CRASH
  fi;
#endif
  if
  :: atomic { O[ORDER(p, a)].reply == order_accepted -> END(4, FILLED, 0) }
  :: atomic { O[ORDER(p, a)].reply == order_accepted -> note(p, a, w, 0); LEAVE } /* NEW: the resolver follows it */
  :: atomic { O[ORDER(p, a)].reply == order_rejected -> END(4, REJECTED, 0) }
  :: atomic { O[ORDER(p, a)].reply == not_accepted -> END(4, BLOCKED, 1) }
  :: atomic { O[ORDER(p, a)].reply == not_accepted && sends + 1 < SENDS -> sends++; fresh[w] = 1; LINE(sign, p, a, w, 0, 0, 0) }
#ifdef MUTANT_RETRY_UNKNOWN
  :: atomic { END(3, BLOCKED, 1) }
#else
  :: atomic { note(p, a, w, 1); LEAVE } /* no answer, or none that says what became of it */
#endif
  :: CRASH
  fi;
  if
  :: atomic {
      recheck(p, a, w);
      if
      :: word == claimed -> DONE; goto send
      :: word == taken -> LEAVE
      :: word == in_flight || word == expired -> END(3, BLOCKED, 1)
      :: word == kill_switch_active -> END(3, BLOCKED, 0)
      fi
    }
  :: CRASH
  fi;
give_up: /* nothing was written: from either side of the claim */
  if
  :: atomic { record(p, a, w, 2, 0, 0, BLOCKED, 1); if :: word == closed -> END(3, BLOCKED, 1) :: else -> LEAVE fi }
  :: CRASH
  fi;
finish:
  if
  :: atomic { record(p, a, w, from, (from < 3 -> 0 : w + 1), (ending == EXPIRED), ending, again); LEAVE }
  :: CRASH
  fi
}

/* src/apply: PlanRecovery and UnknownResolver, of any process. */
proctype Recovery() {
  byte p, a, sends;
end_idle: idle:
  atomic {
    if
    :: (OPEN(0) && P[0].over) || (OUT(0) && (P[0].state == UNKNOWN || P[0].accept >= 2 || P[0].answered)) -> p = 0
#if PLANS > 1
    :: (OPEN(1) && P[1].over) || (OUT(1) && (P[1].state == UNKNOWN || P[1].accept >= 2 || P[1].answered)) -> p = 1
#endif
    fi;
    a = P[p].attempt;
    if
    :: OPEN(p) -> goto overdue
    :: P[p].state == CLAIMED && !P[p].answered
    :: else -> goto ask
    fi
  }
  atomic { note(p, a, APPLIES, 1) };
ask: /* the venue may deny an order it has until the proof time is over */
  if
  :: atomic { O[ORDER(p, a)].accepted > 0 -> record(p, a, APPLIES, 4, 0, 0, FILLED, 0); p = 0; a = 0; DONE; goto idle }
  :: atomic { O[ORDER(p, a)].accepted == 0 || P[p].accept < 3 -> skip }
  fi;
  if
  :: atomic { P[p].attempt == a && OUT(p) && PROVEN(p) -> skip }
  :: atomic { P[p].attempt != a || !OUT(p) || !PROVEN(p) -> p = 0; a = 0; goto idle }
  fi;
#ifndef MUTANT_TIME_AFTER_LOOK
  if /* trades, asked for after the proof time */
  :: atomic { O[ORDER(p, a)].accepted > 0 -> p = 0; a = 0; goto idle }
  :: atomic { O[ORDER(p, a)].accepted == 0 || P[p].accept < 3 -> skip }
  fi;
#endif
  atomic { record(p, a, APPLIES, 4, 0, 0, NOT_FOUND, 0); p = 0; a = 0; DONE; goto idle };
overdue:
  atomic { record(p, a, APPLIES, 1, 0, 1, EXPIRED, 1); p = 0; a = 0; DONE; goto idle }
}

/* src/position-brain: reads its evidence in one step, answers in another, perhaps late, perhaps twice. */
proctype PositionBrain() {
  byte p, a, e, seen;
  bool yes;
end_idle:
  do
  :: atomic {
      if
      :: WANTED(0, P[0].attempt) && O[ORDER(0, P[0].attempt)].issues < ISSUES -> p = 0
#if PLANS > 1
      :: WANTED(1, P[1].attempt) && O[ORDER(1, P[1].attempt)].issues < ISSUES -> p = 1
#endif
      fi;
      a = P[p].attempt; e = epoch; seen = snapshot;
      if :: !guard && !unsettled && snapshot == ledger -> yes = 1 :: yes = 0 fi
    }
    d_step {
      word = (WANTED(p, a) -> issued : LATE(p, a));
      if
      :: word == issued && yes ->
        P[p].position = 10 * a + O[ORDER(p, a)].issues; P[p].epoch = e; P[p].bornP = a; P[p].figure = seen; O[ORDER(p, a)].issues++
      :: word == issued && !yes -> P[p].position = 10 * a + 5; P[p].epoch = 0; P[p].bornP = a; P[p].figure = 0; O[ORDER(p, a)].issues++
      :: else
      fi;
      LINE(issue_permit, p, a, 0, yes, e, seen);
      p = 0; a = 0; e = 0; seen = 0; yes = 0; DONE
    }
  od
}

inline grant(p, a) {
  word = (WANTED(p, a) -> (O[ORDER(p, a)].reserved -> already_issued : issued) : LATE(p, a));
  if
  :: word == issued -> P[p].governor = 10 * a; P[p].bornG = a; O[ORDER(p, a)].reserved = 1
  :: else
  fi;
  LINE(issue_governor_permit, p, a, 0, 0, 0, 0); DONE
}

/* src/governor, foreign issuers, and the publishing of a plan's attempts. */
proctype Issuers(byte p) {
  byte hands, now;
end_idle:
  do
  :: d_step { P[p].state == ABSENT || P[p].retry || PROBES -> now = P[p].attempt + 1; publish(p, now); now = 0 }
  :: d_step { PROBES && P[p].attempt > 0 -> now = P[p].attempt; publish(p, now); now = 0 }
#if !FOREIGN
  :: d_step { (WANTED(p, P[p].attempt) && !O[ORDER(p, P[p].attempt)].reserved) || (PROBES && P[p].attempt > 0) ->
      now = P[p].attempt; grant(p, now); now = 0 }
  :: d_step { PROBES && P[p].attempt > 1 -> grant(p, 1) }
#endif
#if PLANS == 1
  :: d_step { WANTED(p, P[p].attempt) && P[p].block == 0 -> P[p].block = P[p].attempt; word = issued;
      LINE(governor_block, p, P[p].attempt, 0, 0, 0, 0); DONE }
  :: d_step { PROBES && P[p].attempt > 0 && !WANTED(p, 1) -> word = closed; LINE(governor_block, p, 1, 0, 0, 0, 0); DONE }
#endif
#if FOREIGN
  :: d_step { P[p].attempt > 0 && hands < FOREIGN -> hands++; P[p].governor = 1; P[p].bornG = P[p].attempt; word = event;
      LINE(foreign_governor, p, 0, 0, 0, 0, 0); DONE }
  :: d_step { P[p].attempt > 0 && hands < FOREIGN -> hands++; P[p].position = 1; P[p].epoch = 0; P[p].bornP = P[p].attempt; P[p].figure = 255; word = event;
      LINE(foreign_position, p, 0, 0, 0, 0, 0); DONE }
#endif
  od
}

#define FILL_COUNTED(p, a) \
  if :: guard == OWN(p, a) && guardTtl -> guard = 0; guardTtl = 0 :: else fi; \
  if :: unsettled == OWN(p, a) -> unsettled = 0 :: else fi
/* The venue: takes what arrives inside recvWindow, or refuses it. Whether its reply arrives is the reader's choice. */
proctype Venue(byte p; byte a) {
end_idle:
  do
  :: d_step { O[ORDER(p, a)].sent > 0 && O[ORDER(p, a)].fresh ->
      assert(!stopped);                                                                     /* 6. stop means stop */
      assert(O[ORDER(p, a)].bornG == a && O[ORDER(p, a)].bornP == a && O[ORDER(p, a)].inside);   /* 1. two keys of this attempt */
      assert(O[ORDER(p, a)].accepted == 0 && O[ORDER(p, a)].results == 0 && P[p].attempt == a);  /* 3. once, and never after an end */
      assert(O[ORDER(p, a)].figure == 255 || O[ORDER(p, a)].figure == figure);              /* 2. on the position that was checked */
      O[ORDER(p, a)].sent--; O[ORDER(p, a)].accepted++; figure++; O[ORDER(p, a)].reply = order_accepted; word = order_accepted;
      LINE(venue, p, a, 0, 0, 0, 0); DONE }
  :: d_step { O[ORDER(p, a)].sent > 0 && O[ORDER(p, a)].fresh -> O[ORDER(p, a)].sent--; O[ORDER(p, a)].reply = order_rejected; word = order_rejected;
      LINE(venue, p, a, 0, 0, 0, 0); DONE }
  :: d_step { O[ORDER(p, a)].sent > 0 -> O[ORDER(p, a)].sent--; O[ORDER(p, a)].reply = not_accepted; word = not_accepted;
      LINE(venue, p, a, 0, 0, 0, 0); DONE }
  :: d_step { O[ORDER(p, a)].sent > 0 && O[ORDER(p, a)].fresh -> O[ORDER(p, a)].fresh = 0; word = event; LINE(request_stale, p, a, 0, 0, 0, 0); DONE }
  /* apply_fill: by the user-data push, which may come first, and by the result, which ends the guard */
  :: d_step { O[ORDER(p, a)].accepted && !O[ORDER(p, a)].counted -> O[ORDER(p, a)].counted = 1; ledger++; epoch++; word = applied;
      FILL_COUNTED(p, a);
      LINE(apply_fill, p, a, 0, 1, 0, 0); DONE }
  :: d_step { O[ORDER(p, a)].accepted && O[ORDER(p, a)].results && O[ORDER(p, a)].counted && !O[ORDER(p, a)].settled ->
      O[ORDER(p, a)].settled = 1; word = applied;
      FILL_COUNTED(p, a);
      LINE(apply_fill, p, a, 0, 0, 0, 0); DONE }
  od
}

/* Time. accept_until_ms is no earlier than the venue's last chance, and no earlier than the end of the window. */
#define LIVE(w, p) (fresh[w] && may[w] && P[p].token == w + 1)
#ifdef MUTANT_SHORT_ACCEPT
#define MAY_ARRIVE(p) false
#else
#define MAY_ARRIVE(p) (LIVE(0, p) || LIVE(APPLIES - 1, p) || (O[ORDER(p, P[p].attempt)].sent && O[ORDER(p, P[p].attempt)].fresh))
#endif
proctype Clock(byte p) {
end_idle:
  do
  :: d_step { (OPEN(p) || (OUT(p) && SENDS > 1)) && !P[p].over -> P[p].over = 1; word = event; LINE(window_over, p, P[p].attempt, 0, 0, 0, 0); DONE }
#ifdef EXPIRY
  :: d_step { OPEN(p) && P[p].governor -> P[p].governor = 0; P[p].bornG = 0; word = event; LINE(permit_over, p, 0, 0, 0, 0, 0); DONE }
  :: d_step { OPEN(p) && P[p].position -> P[p].position = 0; P[p].epoch = 0; P[p].bornP = 0; P[p].figure = 0; word = event;
      LINE(permit_over, p, 0, 0, 1, 0, 0); DONE }
#endif
  :: d_step { OUT(p) && P[p].accept == 1 && (P[p].over || SENDS == 1) && !MAY_ARRIVE(p) -> P[p].accept = 2; word = event; LINE(accept_over, p, P[p].attempt, 0, 0, 0, 0); DONE }
  :: d_step { OUT(p) && P[p].accept == 2 -> P[p].accept = 3; word = event; LINE(proof_over, p, P[p].attempt, 0, 0, 0, 0); DONE }
  od
}

proctype Symbol() {
end_idle:
  do
  :: d_step { snapshot != figure -> snapshot = figure; epoch++; word = event; LINE(record_snapshot, 0, 0, 0, snapshot, 0, 0); DONE }
  :: d_step { guard && guardTtl -> guard = 0; guardTtl = 0; word = event; LINE(guard_over, 0, 0, 0, 0, 0, 0); DONE } /* the cooldown, however short */
  :: d_step { fresh[0] && may[0] -> fresh[0] = 0; may[0] = 0 } /* before the claim nobody would notice */
#if APPLIES > 1
  :: d_step { fresh[1] && may[1] -> fresh[1] = 0; may[1] = 0 }
#endif
  od
}

/* src/ops/control: the kill switch. `stopped` is what the returned call promises, until somebody releases. */
#define SETTLED(p) (!OUT(p) || P[p].answered || P[p].accept >= 2)
proctype Engage() {
  byte mine;
  d_step { kill = 1; changes++; mine = changes; word = set; LINE(set_control, 0, 0, 0, 1, 0, 0); DONE };
look:
#ifndef MUTANT_KILL_AT_ONCE
  SETTLED(0);
#if PLANS > 1
  SETTLED(1);
#endif
#endif
#ifdef MUTANT_ENGAGE_BLIND
  if :: d_step { kill -> stopped = 1 } :: d_step { !kill -> skip } fi
#else
  if :: d_step { kill && mine == changes -> stopped = 1 } :: d_step { kill && mine != changes -> mine = changes } goto look :: d_step { !kill -> skip } fi
#endif
}
proctype Release() {
  d_step { kill -> kill = 0; changes++; stopped = 0; word = set; LINE(set_control, 0, 0, 0, 0, 0, 0); DONE }
}

/* Nothing is stuck: when nothing can happen any more, every plan has ended. */
proctype Watch() {
  timeout;
  assert(!OPEN(0) && !OUT(0) && !OPEN(PLANS - 1) && !OUT(PLANS - 1))
}

init {
  byte p = 0, a;
  atomic {
    run Apply(0);
#if APPLIES > 1
    run Apply(1);
#endif
#ifndef MUTANT_NO_RECOVERY
    run Recovery();
#endif
    run Symbol();
#if !FOREIGN
    run PositionBrain();
#endif
    run Watch();
    do
    :: p < PLANS -> run Issuers(p); run Clock(p); a = 1;
      do :: a <= ATTEMPTS -> run Venue(p, a); a++ :: else -> break od;
      p++
    :: else -> break
    od;
#ifdef KILL
    run Engage();
#ifdef RELEASE
    run Release(); run Engage();
#endif
#endif
    p = 0; a = 0
  }
}

#ifdef LIVE_CHECK
ltl ends { [] ((OPEN(0) || OUT(0)) -> <> !(OPEN(0) || OUT(0))) }
#endif
