/*
 * Standing proposals on one symbol: what a strategy asks for, withdraws and replaces, the target of each proposal, and the plans that
 * go to it. protocol.pml proves what permits, guard and results are for; here a plan has its permits in one step, and an order that may
 * still arrive is never taken for absent. docs/model.md says what is proven, and what is left out.
 *
 * Each inline of standing-scripts.pml is one atomic step and stands for one script of src/redis/scripts/lua, or for a script and the pure function that
 * reads its reply. `lost`, `goal`, `goalEpisode`, `persons`, `trades` and `seenTrades` only watch: no step decides by them.
 *
 * A scope is MOVES of the strategy (a stamp each), DELETES of its hash, STREAM (it may use the stream too), OPERATOR (one call beside it),
 * CONTINUATIONS, ATTEMPTS of a plan, BACK (the first and the third stamp ask for the same), INTAKES that read proposals at the same time, PERSON (one trade by hand).
 */
#ifndef MOVES
#define MOVES 2
#endif
#ifndef DELETES
#define DELETES 0
#endif
#ifndef OPERATOR
#define OPERATOR 0
#endif
#ifndef CONTINUATIONS
#define CONTINUATIONS 0
#endif
#ifndef ATTEMPTS
#define ATTEMPTS 1
#endif
#ifndef INTAKES
#define INTAKES 2
#endif
#ifndef PERSON
#define PERSON 0
#endif

mtype = { ABSENT, WAITING, CLAIMED, UNKNOWN, FILLED, PARTLY_FILLED, REJECTED, BLOCKED, SKIPPED, EXPIRED, NOT_FOUND };
mtype = { no_word, event, stands, allow, proposal_withdrawn, proposal_superseded, repeat_suppressed, target_reached, action_hold, noted, changed,
  published, duplicate, open_plan, waits_for, standing_changed, exhausted, taken, in_flight, position_changed, target_changed, claimed,
  recorded, ended, continuation_dropped, closed, applied, dropped };
mtype = { write_hash, take_in_proposal, note_taken_up, publish_plan, end_retry, permits, claim_permits, note_order, record_result, apply_fill,
  record_snapshot, order_ends, person_trades, person_explained, guard_over, drop_retry };

/* Requests: 1 and 2 close a share of the position; the operator's call is a proposal of its own. Sources as the scripts tell them apart. */
#define HOLD 3
#define CALL 4
#define REQUESTS 5
#define HASH 1
#define STREAMED 2
#define API 3
#define START 6
#define CLOSES(r, amount) ((amount) * (r == 2 -> 75 : 50) / 100)

/* A plan of the n-th stamp, of the operator's call, or a continuation. `fixed` and `taken*` are the standing proposal as its journal has it. */
typedef Plan {
  mtype state = ABSENT;
  byte attempt, request, source, generation, episode;
  bool dedupe, retryAt, due, stale; /* due: it waits for its next attempt. stale: other bytes are stored than its journal has */
  bool fixed, takenFilled;
  byte takenAmount, takenTarget;
  byte permit; /* the position in the permit; 0 for none */
  bool current; /* the position epoch of the permit is still that of the symbol */
  byte after, next; /* the plan it continues, and its continuation: a plan's number from 1 */
  bool may, answered; /* the order may still reach the exchange; the exchange has answered */
  byte quantity, left, executed, fill; /* fill: of the result that the ledger has not counted yet */
  bool lost; /* another request was recorded since it was published */
  byte goal, persons
}
/* apply:taken-up, one for each identity. newer: the snapshot is from after its time. */
typedef TakenUp { bool has, done, filled, newer; byte episode, amount, target }
Plan P[MOVES + OPERATOR + CONTINUATIONS];
TakenUp T[REQUESTS];
byte S[MOVES + 1], moves, deletes, called; /* what the strategy wrote into the stream, by stamp */
byte hashRequest, hashStamp;
byte asked, askedBy, askedStamp, generation, askedPlan, operatorPlan, episode; /* apply:standing */
byte looksAt[INTAKES]; /* the identity that an intake has judged */
bool staleFor[INTAKES];
byte guard, unsettled, figure = START, snapshot = START, ledger = START;
bool guardTtl, old, personOld; /* old: the snapshot is not younger than the last fill the ledger knows */
byte goal[REQUESTS], goalEpisode[REQUESTS], trades, seenTrades;
bool unexplained;
byte continued, replaced, who, its, comes, goes, i; /* continuations there are; scratch */
mtype word = no_word, verdict = no_word;

#define CALLED (MOVES)
#define ALL (MOVES + OPERATOR + CONTINUATIONS)
#define OPEN(p) (P[p].state == WAITING)
#define OUT(p) (P[p].state == CLAIMED || P[p].state == UNKNOWN)
#define DONE word = no_word; replaced = 0; i = 0
#define T_OF(r) T[r].has, T[r].episode, T[r].amount, T[r].target, T[r].done, T[r].filled
#define LINE(step, p, a, w, x, y, z) \
  printf("@ %e p=%d a=%d w=%d x=%d y=%d z=%d -> %e | state=%e attempt=%d permit=%d dedupe=%d retry=%d due=%d / guard=%d ttl=%d unsettled=%d ledger=%d snapshot=%d asked=%d stamp=%d generation=%d episode=%d plan=%d operator=%d first=%d_%d_%d_%d_%d_%d second=%d_%d_%d_%d_%d_%d call=%d_%d_%d_%d_%d_%d\n", \
    step, p, a, w, x, y, z, word, P[p].state, P[p].attempt, P[p].permit, P[p].dedupe, P[p].retryAt, P[p].due, \
    guard, guardTtl, unsettled, ledger, snapshot, asked, askedStamp, generation, episode, askedPlan, operatorPlan, T_OF(1), T_OF(2), T_OF(CALL))

#include "standing-scripts.pml"
#include "standing-roles.pml"

init {
  atomic {
    run Strategy();
    run Symbol();
    i = 0;
    do :: i < INTAKES -> run Intake(i); i++ :: else -> break od;
    i = 0;
    do :: i < ALL -> run Attempts(i); i++ :: else -> break od;
    i = 0
  }
}
