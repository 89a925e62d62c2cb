/*
 * The scripts of src/redis/scripts/lua, each one step: its conditions in its order, its reply in `word`. What the model has no keys
 * for (arm state, holds, limits, streams, the caller's deadline) is left out.
 */
#define WANTED(p, a) (OPEN(p) && P[p].attempt == a && !P[p].over) /* lib/plan_open.lua */
#define LATE(p, a) (P[p].attempt != a || !OPEN(p) -> closed : expired)

inline publish(p, n) {
  word = (OPEN(p) || OUT(p) || P[p].dedupe -> duplicate : (P[p].attempt + 1 != n -> attempt_is :
    (P[p].attempt > 0 && !P[p].retry -> duplicate : published)));
  if
  :: word == published ->
    assert(P[p].attempt == 0 || O[ORDER(p, P[p].attempt)].accepted == 0); /* 3. no attempt follows one that traded */
    P[p].attempt++; P[p].state = PUBLISHED; P[p].dedupe = 1; P[p].retry = 0; P[p].over = 0; P[p].block = 0;
    NO_GOVERNOR(p); NO_POSITION(p) /* of an earlier attempt */
  :: else
  fi;
  LINE(publish_plan, p, n, 0, 0, 0, 0); DONE
}

inline take(p, a, w) {
  word = (a < P[p].attempt -> superseded : (!OPEN(p) -> closed : (P[p].over -> expired : waiting)));
  if :: word == waiting -> P[p].state = WAITING :: else fi;
  LINE(take_plan, p, a, w, 0, 0, 0)
}

inline grant(p, a) {
  word = (!WANTED(p, a) -> LATE(p, a) : (ORD.reserved -> already_issued : (kill -> kill_switch_active : issued)));
  if
  :: word == issued -> P[p].governor = 10 * a; P[p].bornG = a; ORD.reserved = 1
  :: else
  fi;
  LINE(issue_governor_permit, p, a, 0, 0, 0, 0); DONE
}

/* The Governor's no. Answers `closed` after the window too. */
inline refuse(p, a) {
  word = (WANTED(p, a) -> issued : closed);
  if :: word == issued -> P[p].block = a :: else fi;
  LINE(governor_block, p, a, 0, 0, 0, 0); DONE
}

/* e, s: the epoch and the position it was decided on. */
inline verdict(p, a, yes, e, s) {
  word = (!WANTED(p, a) -> LATE(p, a) : (yes && kill -> kill_switch_active : issued));
  if
  :: word == issued && yes ->
    P[p].position = 10 * a + ORD.issues; P[p].epoch = e; P[p].bornP = a; P[p].seen = s; ORD.issues++
  :: word == issued && !yes -> NO_POSITION(p); P[p].position = 10 * a + 5; ORD.issues++
  :: else
  fi;
  LINE(issue_permit, p, a, 0, yes, e, s); DONE
}

inline claim(p, a, w, g, q, e) {
  word = (P[p].state == CLAIMED && P[p].attempt == a && P[p].token == w + 1 -> claimed : (
    P[p].state != WAITING || P[p].attempt != a -> taken : (
    P[p].over -> expired : (
    kill -> kill_switch_active : (
    guard -> in_flight : (
    e && epoch != e -> position_changed : (
    !P[p].governor || !P[p].position -> permit_gone : (
    P[p].governor != g || P[p].position != q || P[p].epoch != e -> permit_changed :
    go))))))));
  if
  :: word == go ->
    ORD.bornG = P[p].bornG; ORD.bornP = P[p].bornP; ORD.seen = P[p].seen; ORD.inside = !P[p].over;
    NO_GOVERNOR(p); NO_POSITION(p);
    guard = OWN(p, a); guardTtl = 0; epoch++;
    P[p].state = CLAIMED; P[p].token = w + 1; P[p].accept = 1; may[w] = 1;
    ORD.issues = 0; ORD.reserved = 0; word = claimed /* the former two: nothing asks for them any more */
  :: else
  fi;
  LINE(claim_permits, p, a, w, g, q, e)
}

inline recheck(p, a, w) {
  word = (P[p].state != CLAIMED || P[p].attempt != a || P[p].token != w + 1 -> taken : (
    P[p].over -> expired : (
    kill -> kill_switch_active : (
    guard != OWN(p, a) -> in_flight :
    claimed))));
  if :: word == claimed -> P[p].accept = 1; may[w] = 1; ORD.inside = !P[p].over :: else fi;
  LINE(recheck_claim, p, a, w, 0, 0, 0)
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

/* from: 1 PUBLISHED or WAITING, 2 WAITING, 3 CLAIMED, 4 CLAIMED or UNKNOWN. tk 0: anybody's claim. late: only after the window. */
#define FROM(p, from) ((from == 1 && OPEN(p)) || (from == 2 && P[p].state == WAITING) || (from == 3 && P[p].state == CLAIMED) || (from == 4 && OUT(p)))
inline record(p, a, w, from, tk, late, ending, again) {
  word = (P[p].attempt != a || !FROM(p, from) -> closed : (
    tk && P[p].token != tk -> closed : (
    late && !P[p].over -> early :
    go)));
  if
  :: word == go ->
    assert(ORD.results == 0); /* 3. one result */
    assert((ending == FILLED) == (ORD.accepted > 0)); /* 4. that says what happened */
    ORD.results = 1; P[p].state = ending; P[p].dedupe = P[p].dedupe && !again; P[p].retry = again && a < ATTEMPTS;
    if
    :: guard == OWN(p, a) && ending == FILLED -> guardTtl = 1
    :: guard == OWN(p, a) && ending != FILLED -> guard = 0
    :: else
    fi;
    if :: ending == FILLED -> unsettled = OWN(p, a) :: else fi;
    NO_GOVERNOR(p); NO_POSITION(p);
    P[p].token = 0; P[p].accept = 0; P[p].over = 0; word = recorded;
    ORD.issues = 0; ORD.reserved = 0; ORD.reply = no_word; ORD.bornG = 0; ORD.bornP = 0; ORD.seen = 0; ORD.inside = 0
  :: else
  fi;
  LINE(record_result, p, a, w, from, late, again * 10 + tk)
}

/* byResult: the result names the attempt, and its step ends the guard; a push of the user-data stream names none. */
inline fill(p, a, byResult) {
  word = applied;
  if :: !ORD.counted -> ORD.counted = 1; ledger++; epoch++ :: else fi;
  if :: byResult && guard == OWN(p, a) && guardTtl -> guard = 0; guardTtl = 0 :: else fi;
  if :: byResult && unsettled == OWN(p, a) -> unsettled = 0 :: else fi;
  LINE(apply_fill, p, a, 0, byResult, 0, 0); DONE
}
