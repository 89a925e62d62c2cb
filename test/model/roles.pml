/* What runs on its own: src/apply, src/position-brain, src/governor, src/ops/control, and the hands of others. */
#define FORGET \
  if :: P[p].token == w + 1 -> P[p].token = NOBODY :: else fi; \
  busy[w] = 0; fresh[w] = 0; may[w] = 0; p = 0; a = 0; g = 0; q = 0; e = 0; sends = 0; from = 0; ending = ABSENT; again = 0
#define LEAVE FORGET; DONE; goto idle
#define CRASH atomic { ROUGH -> LINE(crash, p, a, w, 0, 0, 0); FORGET; goto idle }
#define END(f, s, r) from = f; ending = s; again = r; DONE; goto finish
#define ENTRY(p) (OPEN(p) || (WALKING && P[p].attempt > 0))

/* src/apply: PlanRunner, PermitWaiter, OrderSender; one attempt at a time. Two are enough for every pair of steps that can meet:
 * of two that do nothing the first takes, of two plans each has one. An entry is taken as often as it is delivered. */
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
    if :: true :: WALKING && a > 1 -> a = 1 fi;
    take(p, a, w);
    if
    :: word == waiting -> DONE
    :: word == expired -> END(1, EXPIRED, 1)
    :: else -> LEAVE
    fi
  }
wait:
  if
  :: atomic { g == 0 && YES(P[p].governor, a) -> g = P[p].governor; LINE(see_permit, p, a, w, g, 0, 0); goto wait }
  :: atomic { q == 0 && YES(P[p].position, a) -> q = P[p].position; e = P[p].epoch; LINE(see_permit, p, a, w, q, e, 0); goto wait }
  :: atomic { P[p].block == a || NO(P[p].position, a) -> if :: END(2, BLOCKED, 0) :: END(2, BLOCKED, 1) fi }
  :: atomic { P[p].over || P[p].attempt != a || !OPEN(p) -> END(2, EXPIRED, 1) }
  :: atomic { WALKING && !P[p].over && P[p].attempt == a && P[p].state == WAITING -> record(p, a, w, 2, 0, 1, EXPIRED, 1); DONE; goto wait }
  :: atomic { g && q -> fresh[w] = 1; LINE(sign, p, a, w, 0, 0, 0) }
  :: CRASH
  fi;
claim_:
  if
  :: atomic {
      claim(p, a, w, g, q, e);
      if
      :: word == claimed -> if :: DONE; goto send :: DONE; goto claim_ :: DONE; goto give_up fi /* a lost reply is asked for again */
      :: word == taken -> LEAVE
      :: word == in_flight || word == position_changed || word == expired -> END(2, BLOCKED, 1)
      :: word == kill_switch_active || word == permit_gone || word == permit_changed -> END(2, BLOCKED, 0)
      fi
    }
  :: goto give_up /* Redis never got it */
  :: CRASH
  fi;
send:
  if
  :: atomic { ORD.sent++; ORD.fresh = fresh[w]; ORD.reply = no_word; fresh[w] = 0; may[w] = 0; LINE(write_order, p, a, w, 0, 0, 0) }
  :: CRASH
  fi;
  if
  :: atomic { ORD.reply == order_accepted -> END(4, FILLED, 0) }
  :: atomic { ORD.reply == order_accepted -> note(p, a, w, 0); LEAVE } /* NEW: the resolver follows it */
  :: atomic { ORD.reply == order_rejected -> END(4, REJECTED, 0) }
  :: atomic { ORD.reply == not_accepted -> END(4, BLOCKED, 1) }
  :: atomic { ORD.reply == not_accepted && sends + 1 < SENDS -> sends++; fresh[w] = 1; LINE(sign, p, a, w, 0, 0, 0) }
  :: atomic { note(p, a, w, 1); LEAVE } /* no answer, or none that says what became of it */
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

/* src/apply: PlanRecovery and UnknownResolver, of any process. The exchange may deny an order it has until the proof time is over. */
#define DUE(p) ((OPEN(p) && P[p].over) || (OUT(p) && (P[p].state == UNKNOWN || P[p].accept >= 2 || P[p].answered)))
proctype Recovery() {
  byte p, a;
  bool proven;
end_idle: idle:
  atomic {
    if
    :: DUE(0) -> p = 0
#if PLANS > 1
    :: DUE(1) -> p = 1
#endif
    fi;
    a = P[p].attempt; proven = (P[p].accept == 3); /* the journal as it is read, before anybody is asked */
    if
    :: OPEN(p) -> goto overdue
    :: P[p].state == CLAIMED && !P[p].answered -> goto unanswered
    :: else
    fi
  }
  if
  :: atomic { ORD.accepted > 0 -> record(p, a, APPLIES, 4, 0, 0, FILLED, 0); goto next }
  :: atomic { ORD.accepted == 0 || P[p].accept < 3 -> if :: proven :: !proven -> goto next fi }
  fi;
  atomic { record(p, a, APPLIES, 4, 0, 0, NOT_FOUND, 0); goto next };
overdue:
  atomic { record(p, a, APPLIES, 1, 0, 1, EXPIRED, 1); goto next };
unanswered: /* nobody signs it again from here on; what became of it is asked with the journal as it is then */
  atomic { note(p, a, APPLIES, 1) };
next:
  atomic { p = 0; a = 0; proven = 0; DONE; goto idle }
}

/* src/position-brain: reads its evidence in one step, answers in another, perhaps late, perhaps twice. */
proctype PositionBrain() {
  byte p, a, e, s;
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
      a = P[p].attempt; e = epoch; s = snapshot;
      if :: !kill && !guard && !unsettled && snapshot == ledger -> yes = 1 :: else -> yes = 0 fi;
      word = evidence; LINE(read_position_evidence, p, a, 0, yes, 0, 0); DONE
    }
    d_step { verdict(p, a, yes, e, s); p = 0; a = 0; e = 0; s = 0; yes = 0 }
  od
}

/* src/governor, foreign issuers, and the publishing of a plan's attempts. */
proctype Issuers(byte p) {
  byte hands, now;
end_idle:
  do
  :: d_step { P[p].state == ABSENT || P[p].retry || WALKING -> now = P[p].attempt + 1; publish(p, now); now = 0 }
  :: d_step { WALKING && P[p].attempt > 0 -> now = P[p].attempt; publish(p, now); now = 0 }
#if FOREIGN
  :: d_step { P[p].attempt > 0 && hands < FOREIGN -> hands++; P[p].governor = 1; P[p].bornG = P[p].attempt; word = event;
      LINE(foreign_permit, p, 0, 0, 0, 0, 0); DONE }
  :: d_step { P[p].attempt > 0 && hands < FOREIGN -> hands++; P[p].position = 1; P[p].epoch = 0; P[p].bornP = P[p].attempt;
      P[p].seen = UNSEEN; word = event; LINE(foreign_permit, p, 0, 0, 1, 0, 0); DONE }
#else
  :: d_step { (WANTED(p, P[p].attempt) && !O[ORDER(p, P[p].attempt)].reserved) || (WALKING && P[p].attempt > 0) ->
      now = P[p].attempt; grant(p, now); now = 0 }
  :: d_step { WALKING && P[p].attempt > 1 -> grant(p, 1) }
#endif
#if PLANS == 1 && !defined(KILL)
  :: d_step { ROUGH && P[p].attempt > 0 && ((WANTED(p, P[p].attempt) && !P[p].block) || WALKING) ->
      now = P[p].attempt; refuse(p, now); now = 0 }
#endif
  od
}

/* src/ops/control: the kill switch. `stopped` is what the returned call promises, until somebody releases. */
#define SETTLED(p) (!OUT(p) || P[p].answered || P[p].accept >= 2)
proctype Engage() {
  byte mine;
  d_step { kill = 1; changes++; mine = changes; word = set; LINE(set_control, 0, 0, 0, 1, 0, 0); DONE };
look:
  SETTLED(0);
#if PLANS > 1
  SETTLED(1);
#endif
  if
  :: d_step { kill && mine == changes -> stopped = 1 }
  :: d_step { kill && mine != changes -> mine = changes } goto look /* released and engaged again meanwhile */
  :: d_step { !kill } /* released: the call answers with an error */
  fi
}
proctype Release() {
  d_step { kill -> kill = 0; changes++; stopped = 0; word = set; LINE(set_control, 0, 0, 0, 0, 0, 0); DONE }
}
