import type { ExchangeFault } from '../harness/paper-exchange-process.js';
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
    { type, status: 503, code: -1008, msg: 'Request throttled by system-level protection.', process: true },
    { type, status: 503, msg: 'Service Unavailable.', process: true },
    { type, status: 500, code: -1000, msg: 'An unknown error occurred while processing the request.', process: true },
    { type, status: 504, code: -1015, msg: 'Too many new orders.', process: true },
    {
      type,
      status: 520,
      code: -1001,
      msg: 'Internal error; unable to process your request. Please try again.',
      process: true,
    },
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
  const status = random.pick(['NEW', 'PARTIALLY_FILLED', 'EXPIRED', 'EXPIRED'] as const);
  return {
    type: 'respondAs',
    status,
    // Without it, half of the order fills.
    ...(status === 'EXPIRED' && random.chance(0.4) ? { executedQty: '0' } : {}),
    fillAfterMs: random.pick([50, 400, 1_500]),
  };
}

/**
 * An order is carried out and nothing shows it: the answer is lost or says that it was not taken, and for longer than the proof
 * time neither the look-up nor the trades nor the user stream know of it. Only the position has moved.
 */
export function inTheDark(random: Random): ExchangeFault[] {
  const ms = random.pick([3_500, 5_000, 7_000]);
  const action: ExchangeFault['action'] = random.chance(0.5)
    ? { type: 'loseReply' }
    : { type: 'status', status: 503, code: -1008, msg: 'Request throttled by system-level protection.', process: true };
  return [
    { match: ORDER, action, times: 2, forMs: ms },
    { match: LOOK_UP, action: { type: 'orderNotFoundFor', ms }, times: -1, forMs: ms },
    { match: TRADES, action: { type: 'tradesNotFoundFor', ms }, times: -1, forMs: ms },
    { action: { type: 'silentStream' }, times: -1, forMs: ms },
  ];
}

/** Rules of a market that change while it is traded; as `POST /paper/rules` takes them. */
export type RulesChange = Readonly<
  Partial<Record<'stepSize' | 'marketStepSize' | 'minQty' | 'marketMinQty' | 'marketMaxQty', string>>
>;

const RULES: Readonly<Record<string, { readonly step: string; readonly max: string }>> = {
  BTCUSDT: { step: '0.01', max: '35' },
  ETHUSDT: { step: '0.1', max: '90' },
  SOLUSDT: { step: '1', max: '300' },
  LINKUSDT: { step: '10', max: '700' },
};

/** A coarser step, a smaller maximum, or both. */
export function rulesChange(random: Random): { readonly symbol: string; readonly change: RulesChange } {
  const [symbol, { step, max }] = random.pick(Object.entries(RULES));
  const coarser = { stepSize: step, marketStepSize: step, minQty: step, marketMinQty: step };
  const change = random.pick([coarser, { marketMaxQty: max }, { ...coarser, marketMaxQty: max }]);
  return { symbol, change };
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
    [2, 'dark'],
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
    case 'dark':
      return inTheDark(random);
  }
  // An order may stay unfound for a while after it was taken, and so may its trades.
  if (random.chance(0.4)) {
    const ms = random.pick([300, 900, 1_800]);
    faults.push({ match: LOOK_UP, action: { type: 'orderNotFoundFor', ms }, times: -1, forMs: 4_000 });
    if (random.chance(0.6))
      faults.push({ match: TRADES, action: { type: 'tradesNotFoundFor', ms }, times: -1, forMs: 4_000 });
  } else if (random.chance(0.2)) {
    faults.push({ match: LOOK_UP, action: { type: 'loseReply' }, times: 2 });
  }
  return faults;
}
