import type { ExchangeFault } from '../harness/paper-exchange-process.js';
import { PROOF_MS } from './chaos-gate.js';
import type { Random } from './random.js';

export const ORDER = { method: 'POST', path: '/order' } as const;
const LOOK_UP = { method: 'GET', path: '/order' } as const;
const TRADES = { method: 'GET', path: '/userTrades' } as const;
const LOST = [{ type: 'loseReply' }, { type: 'loseRequest' }, { type: 'hangBody' }] as const;

function delay(random: Random): ExchangeFault['action'] {
  return {
    type: 'delay',
    ms: random.pick([100, 450, 700, 1_500, 2_500]),
    when: random.pick(['before', 'after'] as const),
  };
}

function refusal(random: Random): ExchangeFault['action'] {
  const type = 'status';
  return random.pick<ExchangeFault['action']>([
    { type, status: 503, msg: 'Unknown error, please check your request or try again later.' },
    { type, status: 503, msg: 'Unknown error, please check your request or try again later.', process: true },
    { type, status: 503, msg: 'Service Unavailable.' },
    { type, status: 503, code: -1001, msg: 'Internal error; unable to process your request. Please try again.' },
    { type, status: 503, code: -1008, msg: 'Request throttled by system-level protection.' },
    { type, status: 408, code: -1007, msg: 'Timeout waiting for response from backend server.', process: true },
    { type, status: 408, code: -1007, msg: 'Timeout waiting for response from backend server.' },
    { type, status: 400, code: -1021, msg: 'Timestamp for this request is outside of the recvWindow.' },
    { type, status: 400, code: -2022, msg: 'ReduceOnly Order is rejected.' },
    { type, status: 429, code: -1003, msg: 'Too many requests.', headers: { 'Retry-After': '1' } },
    { type, status: 200, body: '{}', process: true },
    { type, status: 502, body: '<html>Bad Gateway</html>', process: true },
    { type, status: 502, body: '<html>Bad Gateway</html>' },
  ]);
}

function answeredAs(random: Random): ExchangeFault['action'] {
  return {
    type: 'respondAs',
    status: random.pick(['NEW', 'PARTIALLY_FILLED', 'EXPIRED'] as const),
    fillAfterMs: random.pick([50, 400, 1_500]),
  };
}

/** What the exchange does wrong next: mostly to an order, sometimes to the look-up after it or to the reads. */
export function exchangeFaults(random: Random): ExchangeFault[] {
  const faults: ExchangeFault[] = [];
  const kind = random.weighted([
    [4, 'lost'],
    [3, 'delay'],
    [3, 'refusal'],
    [2, 'answered'],
    [2, 'reads'],
    [2, 'slow look-up'],
    [1, 'stops'],
  ] as const);
  switch (kind) {
    case 'lost':
      faults.push({ match: ORDER, action: random.pick(LOST) });
      break;
    case 'delay':
      faults.push({ match: ORDER, action: delay(random) });
      break;
    case 'refusal':
      faults.push({ match: ORDER, action: refusal(random) });
      break;
    case 'answered':
      faults.push({ match: ORDER, action: answeredAs(random) });
      if (random.chance(0.5)) faults.push({ match: ORDER, action: { type: 'loseReply' } });
      break;
    case 'reads': {
      const path = random.pick(['/order', '/userTrades', '/positionRisk', '/premiumIndex']);
      const action = random.pick<ExchangeFault['action']>([
        { type: 'loseReply' },
        { type: 'hangBody' },
        { type: 'status', status: 503, msg: 'Service Unavailable.' },
        delay(random),
      ]);
      return [{ match: { method: 'GET', path }, action, times: random.between(1, 4) }];
    }
    // Before a further attempt the earlier orders are looked up: its claim then comes late, or too late.
    case 'slow look-up':
      return [{ match: LOOK_UP, action: { type: 'delay', ms: random.pick([700, 1_100, 1_400]) }, times: 4 }];
    case 'stops':
      return [{ match: { method: 'POST', path: '/algoOrder' }, action: random.pick(LOST) }];
  }
  // An order may stay unfound for a while after it was taken, and so may its trades: for less than the proof time.
  if (random.chance(0.4)) {
    const ms = random.pick([300, 900, 1_800]);
    faults.push({ match: LOOK_UP, action: { type: 'orderNotFoundFor', ms }, times: -1, forMs: 4_000 });
    if (ms < PROOF_MS)
      faults.push({ match: TRADES, action: { type: 'tradesNotFoundFor', ms }, times: -1, forMs: 4_000 });
  } else if (random.chance(0.2)) {
    faults.push({ match: LOOK_UP, action: { type: 'loseReply' }, times: 2 });
  }
  return faults;
}
