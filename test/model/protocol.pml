/*
 * The protocol on one symbol, from the publication of a plan to the results of its attempts: what every process does to
 * Redis and to the exchange, and all that may come in between. docs/model.md says what is proven, and what is left out.
 *
 * Each inline of scripts.pml is one atomic step and stands for one script of src/redis/scripts/lua. Between two steps of a process
 * any other may run: a pause of any length at any place. A crash forgets what an Apply knew. Clocks are events that may
 * come at any time, as long as what must come first has come. `bornG`, `bornP`, `seen`, `inside`, `accepted`, `results` and
 * `stopped` only watch: no step decides by them.
 *
 * A scope is PLANS, ATTEMPTS, APPLIES, SENDS of one attempt, ISSUES of the Position Brain per attempt, FOREIGN permits (then
 * ours are not given), KILL, RELEASE, EXPIRY of permit keys. WALK is for random walks: it adds steps that change nothing,
 * which a search need not take, and leaves out most of what breaks an attempt off.
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
#ifndef RECOVERIES
#define RECOVERIES 1
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
#ifdef WALK
#define WALKING true
#else
#define WALKING false
#endif
#ifdef CALM
#define ROUGH false
#else
#define ROUGH true
#endif

mtype = { ABSENT, PUBLISHED, WAITING, CLAIMED, UNKNOWN, FILLED, REJECTED, BLOCKED, EXPIRED, NOT_FOUND };
mtype = { no_word, go, published, duplicate, attempt_is, waiting, expired, closed, superseded, claimed, taken, kill_switch_active, in_flight,
  position_changed, permit_gone, permit_changed, issued, already_issued, recorded, early, noted, applied, evidence, set, event,
  order_accepted, order_rejected, not_accepted };
mtype = { publish_plan, take_plan, see_permit, sign, claim_permits, recheck_claim, write_order, record_result, note_order,
  issue_governor_permit, governor_block, foreign_permit, read_position_evidence, issue_permit, apply_fill, record_snapshot,
  set_control, exchange, window_over, request_stale, accept_over, proof_over, guard_over, permit_over, crash };

/* The journal hash of a plan and the keys that carry its id. A verdict is a number: 1 a foreign yes, which names no
 * attempt; 10*attempt + n our yes, the n-th of the attempt; 10*attempt + 5 our no. */
typedef Plan {
  mtype state = ABSENT;
  byte attempt, token, accept; /* accept: 1 the exchange may take the request, 2 accept_until_ms passed, 3 and the proof time */
  bool answered, retry, dedupe, over; /* over: the window of the attempt */
  byte governor, position, epoch, block;
  byte bornG, bornP, seen /* of the permits that lie there: given for which attempt, on which position */
}
/* One attempt's request and order at the exchange. */
typedef Order {
  byte sent, accepted, results, issues;
  bool fresh, reserved, counted, settled, inside;
  mtype reply = no_word;
  byte bornG, bornP, seen
}
Plan P[PLANS];
Order O[PLANS * ATTEMPTS];
bool busy[APPLIES], fresh[APPLIES], may[APPLIES]; /* the signature of an Apply: young enough for the exchange; claimed with */
byte guard, unsettled, epoch = 1, changes;
byte figure, snapshot, ledger; /* the position is what the start held less this: at the exchange, as read, as explained */
bool guardTtl, kill, stopped;
mtype word = no_word;

#define ORDER(p, a) ((p) * ATTEMPTS + (a) - 1)
#define ORD O[ORDER(p, a)]
#define OWN(p, a) (1 + ORDER(p, a)) /* guard and unsettled say whose they are; 0: nobody's */
#define NOBODY 9
#define UNSEEN 255
#define OPEN(p) (P[p].state == PUBLISHED || P[p].state == WAITING)
#define OUT(p) (P[p].state == CLAIMED || P[p].state == UNKNOWN)
#define YES(bytes, a) (bytes == 1 || (bytes / 10 == a && bytes % 10 < 5))
#define NO(bytes, a) (bytes == 10 * a + 5)
#define NO_GOVERNOR(p) P[p].governor = 0; P[p].bornG = 0
#define NO_POSITION(p) P[p].position = 0; P[p].epoch = 0; P[p].bornP = 0; P[p].seen = 0
/* One line a step, for trails and for the traces that the replay test reads. */
#define LINE(step, p, a, w, x, y, z) \
  printf("@ %e p=%d a=%d w=%d x=%d y=%d z=%d -> %e | state=%e attempt=%d answered=%d governor=%d position=%d block=%d dedupe=%d retry=%d / guard=%d ttl=%d unsettled=%d epoch=%d ledger=%d snapshot=%d kill=%d\n", \
    step, p, a, w, x, y, z, word, P[p].state, P[p].attempt, P[p].answered, P[p].governor, P[p].position, P[p].block, P[p].dedupe, \
    P[p].retry, guard, guardTtl, unsettled, epoch, ledger, snapshot, kill)
#define DONE word = no_word

#include "scripts.pml"
#include "roles.pml"
#include "world.pml"

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
#if RECOVERIES > 0
    run Recovery();
#endif
#if RECOVERIES > 1
    run Recovery();
#endif
    run Symbol();
#if !FOREIGN
    run PositionBrain();
#endif
    run Watch();
    do
    :: p < PLANS -> run Issuers(p); run Clock(p); a = 1;
      do :: a <= ATTEMPTS -> run Exchange(p, a); a++ :: else -> break od;
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
