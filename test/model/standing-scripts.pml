/* The scripts about standing proposals, one step each: conditions in their order, the reply in `word`. */

/* lib/standing.lua */
#define STRATEGYS(source) (source != API)
#define UNDER_WAY(plan) (plan && (OPEN(plan - 1) || OUT(plan - 1) || P[plan - 1].due))
#define STREAM_IS_NEWER (asked && askedBy == STREAMED && askedStamp > hashStamp)
#define NEWEST (!hashRequest || STREAM_IS_NEWER -> asked : hashRequest)
#define WHY_NOT(request) (request == HOLD -> proposal_withdrawn : proposal_superseded)
#define STILL_STANDS(source, request, born) (!STRATEGYS(source) -> stands : \
  (source == HASH && !hashRequest -> proposal_withdrawn : \
  (NEWEST && NEWEST != request -> WHY_NOT(NEWEST) : \
  (generation != born -> proposal_superseded : stands))))

/* Other bytes are stored of a proposal now: what was read of it before is out of date. */
inline stored(but) {
  i = 0;
  do :: i < ALL -> P[i].stale = P[i].stale || (P[i].request == who && i != but); i++ :: else -> break od;
  i = 0;
  do :: i < INTAKES -> staleFor[i] = staleFor[i] || looksAt[i] == who; i++ :: else -> break od;
  i = 0
}
/* The target of `who` is fixed, in the episode `its`. It binds for the whole episode. */
inline fix(but) {
  if :: goalEpisode[who] != its + 1 -> goalEpisode[who] = its + 1; goal[who] = goes :: else fi;
  T[who].has = 1; T[who].episode = its; T[who].amount = comes; T[who].target = goes; T[who].done = 0; T[who].filled = 0; T[who].newer = 0;
  stored(but); who = 0; its = 0; comes = 0; goes = 0
}

/* What the newest of hash, record and this request asks for; 0 for nothing. */
#define COUNTS(source, request, stamp) (source == HASH -> NEWEST : \
  (hashRequest && hashStamp >= stamp -> hashRequest : \
  (asked && (!hashRequest || askedBy == STREAMED) && (askedStamp > stamp || (askedStamp == stamp && asked == HOLD)) -> asked : request)))

/* With the judgement of what it answers: gates/proposal/standing.ts. known: the generation of the plan + 1, 0 for a new stamp. */
#define FRESH (!guard && !unsettled && !old)
inline take_in(w, p, src, r, k, known) {
  word = stands;
  if
  :: known -> word = STILL_STANDS(src, r, known - 1)
  :: !known && STRATEGYS(src) ->
    i = COUNTS(src, r, k);
    if
    :: i == 0 -> word = proposal_withdrawn
    :: i != 0 && i != r -> word = WHY_NOT(i)
    :: i == r && asked != r ->
      replaced = (UNDER_WAY(askedPlan) -> askedPlan : 0);
      asked = r; askedBy = src; askedStamp = k; generation++; askedPlan = 0;
      if :: r == HOLD -> episode++ :: else fi;
      i = 0;
      do :: i < ALL -> P[i].lost = P[i].lost || (STRATEGYS(P[i].source) && P[i].state != ABSENT); i++ :: else -> break od
    :: i == r && asked == r && k > askedStamp -> askedBy = src; askedStamp = k
    :: else
    fi;
    i = 0
  :: else
  fi;
  if
  :: word == stands && r == HOLD -> word = action_hold
  :: word == stands && r != HOLD ->
    ep = episode; looksAt[w] = r; staleFor[w] = 0;
    if
    :: !T[r].has || T[r].episode != episode ->
      word = allow; fixes = FRESH; tk = FRESH; amt = (FRESH -> snapshot : 0); tgt = (FRESH -> snapshot - CLOSES(r, snapshot) : 0); fld = 0
    :: T[r].has && T[r].episode == episode && T[r].done -> word = repeat_suppressed
    :: T[r].has && T[r].episode == episode && !T[r].done && FRESH && T[r].newer && snapshot <= T[r].target -> word = target_reached
    :: else -> word = allow; tk = 1; amt = T[r].amount; tgt = T[r].target; fld = T[r].filled
    fi
  :: else
  fi;
  LINE(take_in_proposal, p, known, w, r, k, src)
}

inline note_taken(w, r) {
  word = (staleFor[w] -> changed : noted);
  if :: word == noted -> T[r].done = 1; T[r].newer = 0; who = r; stored(ALL); who = 0 :: else fi;
  LINE(note_taken_up, 0, 0, w, r, 0, 0)
}

/* after: the plan that it continues, from 1. */
inline publish(w, p, src, r, after) {
  word = (STRATEGYS(src) && asked == r && askedPlan != p + 1 && askedPlan != after && UNDER_WAY(askedPlan) -> open_plan : (
    STRATEGYS(src) && operatorPlan != p + 1 && UNDER_WAY(operatorPlan) -> waits_for : (
    episode != ep || staleFor[w] -> standing_changed : (
    OPEN(p) || OUT(p) || P[p].dedupe || (P[p].attempt && !P[p].retryAt) -> duplicate : (
    P[p].attempt >= ATTEMPTS -> exhausted :
    published)))));
  if
  :: word == published ->
    if :: fixes -> who = r; its = ep; comes = amt; goes = tgt; fix(p) :: else fi;
    P[p].state = WAITING; P[p].attempt++; P[p].request = r; P[p].source = src; P[p].episode = episode; P[p].dedupe = 1; P[p].retryAt = 0; P[p].due = 0;
    P[p].stale = 0; P[p].fixed = tk; P[p].takenAmount = amt; P[p].takenTarget = tgt; P[p].takenFilled = fld; P[p].permit = 0; P[p].current = 0;
    P[p].generation = (STRATEGYS(src) -> generation : 0); P[p].after = after; P[p].lost = 0;
    if :: STRATEGYS(src) && asked == r -> askedPlan = p + 1 :: else fi;
    if :: !STRATEGYS(src) -> operatorPlan = p + 1 :: else fi
  :: else
  fi;
  LINE(publish_plan, p, P[p].attempt + (word == published -> 0 : 1), w, r, after, src)
}

/* The position epoch of the symbol rises: no permit that was given before counts. */
inline raise() {
  i = 0;
  do :: i < ALL -> P[i].current = 0; i++ :: else -> break od;
  i = 0
}

/* What Apply computes from the permit: order-preparer.ts. No permit is given for less than a step. */
#define SAFE(p) CLOSES(P[p].request, P[p].permit)
#define TARGET(p) (P[p].fixed -> P[p].takenTarget : P[p].permit - SAFE(p))
#define LEFT(p) (P[p].permit > TARGET(p) -> P[p].permit - TARGET(p) : 0)
#define QUANTITY(p) (SAFE(p) < LEFT(p) -> SAFE(p) : LEFT(p))
inline claim(p) {
  word = STILL_STANDS(P[p].source, P[p].request, P[p].generation);
  word = (!OPEN(p) -> taken : (word != stands -> word : (guard -> in_flight : (!P[p].current -> position_changed : (
    P[p].stale || (!P[p].fixed && T[P[p].request].has) -> target_changed : claimed)))));
  P[p].left = LEFT(p); P[p].quantity = QUANTITY(p);
  if
  :: word == claimed ->
    /* 1. no claim after a withdrawal has been recorded, nor while the hash says otherwise */
    assert(!P[p].lost && (!STRATEGYS(P[p].source) || NEWEST == 0 || NEWEST == P[p].request));
    assert(P[p].source != HASH || hashRequest);
    if :: !P[p].fixed -> who = P[p].request; its = P[p].episode; comes = P[p].permit; goes = TARGET(p); fix(p) :: else fi;
    P[p].fixed = 1; P[p].takenTarget = P[p].permit - P[p].left; P[p].takenAmount = T[P[p].request].amount;
    P[p].goal = goal[P[p].request]; P[p].state = CLAIMED; P[p].may = 1; P[p].permit = 0;
    guard = p + 1; guardTtl = 0; raise()
  :: else
  fi;
  LINE(claim_permits, p, P[p].attempt, 0, P[p].quantity, P[p].left, 0);
  if :: word != claimed -> P[p].left = 0; P[p].quantity = 0 :: else fi
}


/* again: another attempt may follow. back: nothing was sent, and the same proposal may run again. */
inline record(p, ending, again, back) {
  word = recorded;
  P[p].permit = 0; P[p].state = ending; P[p].due = (again && P[p].attempt < ATTEMPTS); P[p].retryAt = P[p].due || back; P[p].dedupe = P[p].dedupe && !again && !back;
  if
  :: guard == p + 1 && P[p].executed -> guardTtl = 1
  :: guard == p + 1 && !P[p].executed -> guard = 0
  :: else
  fi;
  if
  :: P[p].executed ->
    unsettled = p + 1; P[p].fill = P[p].executed;
    T[P[p].request].has = 1; T[P[p].request].episode = P[p].episode; T[P[p].request].amount = P[p].takenAmount;
    T[P[p].request].target = P[p].takenTarget; T[P[p].request].filled = 1; T[P[p].request].newer = 0;
    T[P[p].request].done = (P[p].left <= P[p].executed);
    who = P[p].request; stored(ALL); who = 0;
    P[p].due = !T[P[p].request].done; P[p].retryAt = P[p].due /* as a continuation */
  :: else
  fi;
  LINE(record_result, p, P[p].attempt, 0, P[p].executed, again, back);
  P[p].may = 0; P[p].answered = 0; P[p].executed = 0; P[p].left = 0; P[p].quantity = 0; P[p].permit = 0; P[p].current = 0; P[p].persons = 0; P[p].goal = 0
}

/* Nothing is left to close: the plan ends, and its proposal is done. */
inline reach(p) {
  T[P[p].request].episode = P[p].episode; T[P[p].request].amount = (P[p].fixed -> P[p].takenAmount : P[p].permit);
  T[P[p].request].target = TARGET(p); T[P[p].request].filled = P[p].takenFilled; T[P[p].request].has = 1; T[P[p].request].done = 1;
  who = P[p].request; stored(ALL); who = 0;
  record(p, SKIPPED, 0, 0)
}
