/* The exchange: takes what arrives inside recvWindow, or refuses it. Whether its reply arrives is the reader's choice. */
proctype Exchange(byte p; byte a) {
end_idle:
  do
  :: d_step { ORD.sent > 0 && ORD.fresh ->
      assert(!stopped); /* 6. stop means stop */
      assert(ORD.bornG == a && ORD.bornP == a && ORD.inside); /* 1. two keys of this attempt, inside its window */
      assert(ORD.accepted == 0 && ORD.results == 0 && P[p].attempt == a); /* 3. once, and never after an end */
      assert(guard == OWN(p, a)); /* one order at a time */
      assert(ORD.seen == UNSEEN || ORD.seen == figure); /* 2. on the position that was checked */
      ORD.sent--; ORD.accepted++; figure++; ORD.reply = order_accepted; word = order_accepted;
      LINE(exchange, p, a, 0, 0, 0, 0); DONE }
  :: d_step { ORD.sent > 0 && ORD.fresh -> ORD.sent--; ORD.reply = order_rejected; word = order_rejected;
      LINE(exchange, p, a, 0, 0, 0, 0); DONE }
  :: d_step { ORD.sent > 0 -> ORD.sent--; ORD.reply = not_accepted; word = not_accepted;
      LINE(exchange, p, a, 0, 0, 0, 0); DONE }
  :: d_step { ORD.sent > 0 && ORD.fresh -> ORD.fresh = 0; word = event;
      LINE(request_stale, p, a, 0, 0, 0, 0); DONE }
  /* What filled reaches the ledger by push, and by result, in either order. */
  :: d_step { ORD.accepted && !ORD.counted -> fill(p, a, 0) }
  :: d_step { ORD.accepted && ORD.results && !ORD.settled -> ORD.settled = 1; fill(p, a, 1) }
  od
}

/* Time. accept_until_ms does not pass before every request that was claimed with it is too old for the exchange. */
#define ON_ITS_WAY(p) (O[ORDER(p, P[p].attempt)].sent && O[ORDER(p, P[p].attempt)].fresh)
#define LIVE(w, p) (fresh[w] && may[w] && P[p].token == w + 1)
proctype Clock(byte p) {
end_idle:
  do
  :: d_step { ((OPEN(p) && ROUGH) || (OUT(p) && SENDS > 1)) && !P[p].over ->
      P[p].over = 1; word = event; LINE(window_over, p, P[p].attempt, 0, 0, 0, 0); DONE }
#ifdef EXPIRY
  :: d_step { OPEN(p) && P[p].governor -> NO_GOVERNOR(p); word = event; LINE(permit_over, p, 0, 0, 0, 0, 0); DONE }
  :: d_step { OPEN(p) && P[p].position -> NO_POSITION(p); word = event; LINE(permit_over, p, 0, 0, 1, 0, 0); DONE }
#endif
  :: d_step { OUT(p) && P[p].accept == 1 && !ON_ITS_WAY(p) && !LIVE(0, p) && !LIVE(APPLIES - 1, p) ->
      P[p].accept = 2; word = event; LINE(accept_over, p, P[p].attempt, 0, 0, 0, 0); DONE }
  :: d_step { OUT(p) && P[p].accept == 2 -> P[p].accept = 3; word = event; LINE(proof_over, p, P[p].attempt, 0, 0, 0, 0); DONE }
  od
}

proctype Symbol() {
end_idle:
  do
  :: d_step { snapshot != figure || WALKING -> if :: snapshot != figure -> epoch++ :: else fi; snapshot = figure; word = recorded;
      LINE(record_snapshot, 0, 0, 0, snapshot, 0, 0); DONE }
  :: d_step { guard && guardTtl -> guard = 0; guardTtl = 0; word = event; LINE(guard_over, 0, 0, 0, 0, 0, 0); DONE } /* the cooldown, however short */
  :: d_step { fresh[0] && may[0] -> fresh[0] = 0; may[0] = 0 } /* before the claim nobody would notice */
#if APPLIES > 1
  :: d_step { fresh[1] && may[1] -> fresh[1] = 0; may[1] = 0 }
#endif
  od
}
