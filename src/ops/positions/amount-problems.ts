import { type Decimal, toPlainString } from '../../flow/0-decimal.js';
import { problem, type ProblemException } from '../problem/problem.js';

/** The exchange amount is not the one that the operator has looked at. */
export function amountChanged(symbol: string, amount: string, expected: Decimal): ProblemException {
  return problem(
    409,
    'exchange-amount-changed',
    'The exchange amount has changed',
    `The exchange amount of ${symbol} is ${amount}, but you expected ${toPlainString(expected)}. Look again and repeat the call with the amount you see.`,
    { exchange_amt: amount, expected_exchange_amt: toPlainString(expected) },
  );
}

export function noSnapshot(symbol: string): ProblemException {
  return problem(
    409,
    'no-snapshot',
    'There is no snapshot',
    `The exchange amount of ${symbol} was not read yet. A process with ROLES=position-brain reads it.`,
  );
}

export function snapshotOld(symbol: string, ageMs: number, staleSec: number): ProblemException {
  const ageSec = Math.round(ageMs / 1000);
  return problem(
    409,
    'snapshot-old',
    'The snapshot is too old',
    `The exchange amount of ${symbol} was read ${ageSec} s ago; ${staleSec} s are allowed (P33_STALE_THRESHOLD_SEC). Check the Position Brain and its exchange connection.`,
    { age_sec: ageSec },
  );
}
