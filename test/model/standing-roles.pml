/* What runs on its own: the strategy, src/apply and src/ops, the Position Brain, the exchange. */
proctype Strategy() {
  byte r;
end_idle:
  do
  :: atomic { moves < MOVES -> moves++;
#ifdef BACK
      if :: moves == 2 -> if :: r = 2 :: r = HOLD fi :: else -> r = 1 fi;
#else
      if :: r = 1 :: r = 2 :: r = HOLD fi;
#endif
      if
      :: hashRequest = r; hashStamp = moves; word = event; LINE(write_hash, 0, 0, 0, r, moves, 0)
#ifdef STREAM
      :: S[moves] = r
#endif
      fi;
      r = 0; DONE }
  :: d_step { deletes < DELETES && hashRequest -> deletes++; hashRequest = 0; hashStamp = 0; word = event; LINE(write_hash, 0, 0, 0, 0, 0, 0); DONE }
  od
}

/* src/apply: ProposalProcessor, for a hash that was polled, an entry of the stream, an operator's call, or a plan that is due. */
#define FORGET p = 0; src = 0; r = 0; k = 0; known = 0; after = 0; from = 0; fixes = 0; tk = 0; amt = 0; tgt = 0; fld = 0; ep = 0; looksAt[w] = 0; staleFor[w] = 0
#define WITHDRAWAL(plan) (OPEN(plan) || P[plan].due)
/* Withdrawal: ends a plan that is not claimed, or its next attempt. reached: its target, and the same may not run again. */
inline end(plan, reached) {
  if
  :: OPEN(plan) -> record(plan, BLOCKED, 0, !reached)
  :: !OPEN(plan) && P[plan].due ->
    word = (P[plan].state == FILLED || P[plan].state == PARTLY_FILLED -> continuation_dropped : ended);
    P[plan].due = 0;
    if :: word == ended -> P[plan].state = BLOCKED; P[plan].retryAt = 1 :: else fi;
    LINE(end_retry, plan, P[plan].attempt, 0, 0, 0, 0)
  :: else
  fi
}
proctype Intake(byte w) {
  byte p, src, r, k, known, after, from, amt, tgt, ep, other;
  bool fixes, tk, fld;
end_idle: idle:
  atomic {
    if
    :: hashRequest -> src = HASH; r = hashRequest; k = hashStamp; p = k - 1
#ifdef STREAM
    :: S[1] -> src = STREAMED; r = S[1]; k = 1
#if MOVES > 1
    :: S[2] -> src = STREAMED; r = S[2]; k = 2; p = 1
#endif
#if MOVES > 2
    :: S[3] -> src = STREAMED; r = S[3]; k = 3; p = 2
#endif
#endif
#if OPERATOR
    :: !called -> called = 1; src = API; r = CALL; p = CALLED
    :: operatorPlan && OPEN(CALLED) -> end(CALLED, 0); DONE; goto idle /* DELETE /api/v1/proposals/:symbol */
#endif
    :: P[0].due -> from = 1
#if MOVES + OPERATOR + CONTINUATIONS > 1
    :: P[1].due -> from = 2
#endif
#if MOVES + OPERATOR + CONTINUATIONS > 2
    :: P[2].due -> from = 3
#endif
#if MOVES + OPERATOR + CONTINUATIONS > 3
    :: P[3].due -> from = 4
#endif
    fi;
    if
    :: from ->
      p = from - 1; src = P[p].source; r = P[p].request; known = P[p].generation + 1;
      if
      :: P[p].state == FILLED || P[p].state == PARTLY_FILLED -> 
        after = from;
        if
        :: P[p].next == 0 && continued < CONTINUATIONS -> continued++; P[p].next = MOVES + OPERATOR + continued
        :: P[p].next == 0 && continued == CONTINUATIONS -> P[p].due = 0; FORGET; goto idle /* the limit */
        :: else
        fi;
        p = P[p].next - 1
      :: else
      fi
    :: else
    fi
  }
judge:
  atomic {
    fixes = 0; tk = 0; amt = 0; tgt = 0; fld = 0;
    take_in(w, p, src, r, k, known);
    verdict = word; other = replaced; DONE;
    if :: other -> other--; end(other, 0); DONE :: other -> skip :: else fi; /* or the process ends here */
    other = 0;
    if
    :: verdict == allow -> verdict = no_word
    :: verdict == target_reached -> verdict = no_word; goto note
    :: from && (verdict == proposal_withdrawn || verdict == proposal_superseded) -> verdict = no_word;
      if :: true :: true -> other = from - 1; end(other, 0); other = 0; DONE fi; goto drop
    :: else -> verdict = no_word; goto drop
    fi
  }
  atomic {
    publish(w, p, src, r, after);
    if
    :: word == standing_changed -> DONE; goto judge
    :: word == waits_for -> DONE; FORGET; goto idle
    :: else -> DONE; goto drop
    fi
  }
note:
  atomic {
    note_taken(w, r); DONE;
    other = (STRATEGYS(src) -> askedPlan : p + 1);
    if :: other -> other--; end(other, 1); DONE :: else fi;
    other = 0
  }
drop:
  atomic {
    if :: from && P[from - 1].due -> P[from - 1].due = 0; word = dropped; LINE(drop_retry, from - 1, 0, 0, 0, 0, 0); DONE :: else fi;
    FORGET; goto idle
  }
}

/* src/apply and the issuers, for one plan; and its order at the exchange. What was refused for a passing reason is due again. */
proctype Attempts(byte p) {
end_idle:
  do
  :: d_step { OPEN(p) && (!P[p].permit || !P[p].current) && !guard && !unsettled && !old && snapshot == ledger && CLOSES(P[p].request, snapshot) ->
      P[p].permit = snapshot; P[p].current = 1; P[p].persons = seenTrades; word = event; LINE(permits, p, P[p].attempt, 0, snapshot, 0, 0); DONE }
  :: atomic { OPEN(p) && P[p].permit && LEFT(p) == 0 -> reach(p); DONE }
  :: atomic { OPEN(p) && P[p].permit && LEFT(p) ->
      claim(p);
      if
      :: word == claimed -> DONE
      :: word == proposal_withdrawn || word == proposal_superseded -> DONE; record(p, BLOCKED, 0, 1); DONE
      :: else -> DONE; record(p, BLOCKED, 1, 0); DONE
      fi }
  :: atomic { OPEN(p) -> record(p, EXPIRED, 1, 0); DONE } /* no permit in time */
  :: d_step { P[p].may -> P[p].may = 0 } /* a crash between claim and send, or the request is lost */
  :: atomic { P[p].may -> P[p].may = 0; P[p].answered = 1;
      if
      :: P[p].executed = P[p].quantity
      :: P[p].quantity > 1 -> P[p].executed = P[p].quantity - 1
      :: skip /* refused, or ended empty */
      fi;
      /* 3. no standing proposal takes the position past its target, but for trades that nobody could know of */
      assert(figure - P[p].executed + trades - P[p].persons >= P[p].goal);
      figure = figure - P[p].executed;
      if :: P[p].executed -> old = 1 :: else fi;
      word = event; LINE(order_ends, p, P[p].attempt, 0, P[p].executed, 0, 0); DONE }
  :: d_step { P[p].state == CLAIMED -> P[p].state = UNKNOWN; P[p].answered = 0; word = noted; LINE(note_order, p, P[p].attempt, 0, 0, 0, 0); DONE }
  :: atomic { OUT(p) && !P[p].may && P[p].executed -> /* by its answer, or by the resolver */
      if :: P[p].executed == P[p].quantity -> record(p, FILLED, 0, 0) :: else -> record(p, PARTLY_FILLED, 0, 0) fi; DONE }
  :: atomic { OUT(p) && !P[p].may && !P[p].executed -> record(p, NOT_FOUND, 1, 0); DONE }
  :: atomic { P[p].answered && !P[p].executed -> record(p, REJECTED, 0, 0); DONE }
  :: atomic { P[p].fill -> ledger = ledger - P[p].fill;
      if :: guard == p + 1 && guardTtl -> guard = 0; guardTtl = 0 :: else fi;
      if :: unsettled == p + 1 -> unsettled = 0 :: else fi;
      raise(); word = applied; LINE(apply_fill, p, P[p].attempt, 0, P[p].fill, 0, 0); P[p].fill = 0; DONE }
  od
}

proctype Symbol() {
end_idle:
  do
  :: atomic { snapshot != figure || old || personOld || !T[1].newer || !T[2].newer || !T[CALL].newer ->
      if :: snapshot != figure -> raise() :: else fi;
      snapshot = figure; old = 0; personOld = 0; seenTrades = trades; T[1].newer = 1; T[2].newer = 1; T[CALL].newer = 1; word = recorded;
      LINE(record_snapshot, 0, 0, 0, snapshot, 0, 0); DONE }
  :: d_step { guard && guardTtl -> guard = 0; guardTtl = 0; word = event; LINE(guard_over, 0, 0, 0, 0, 0, 0); DONE }
#if PERSON
  :: d_step { trades < PERSON && figure > 2 -> trades++; figure--; personOld = 1; unexplained = 1; word = event; LINE(person_trades, 0, 0, 0, 0, 0, 0); DONE }
  :: atomic { unexplained -> unexplained = 0; ledger--; old = old || personOld; personOld = 0; raise(); word = applied;
      LINE(person_explained, 0, 0, 0, 0, 0, 0); DONE }
#endif
  od
}
