import { Decimal } from '../../src/flow/0-decimal.js';

/** Inputs of the position gates, for their specs. `NOW` is the time of every spec, epoch ms. */
export const NOW = 1_000_000;

export const D = (text: string): Decimal => new Decimal(text);

/** A snapshot that is `ageMs` old at {@link NOW}. */
export const snapshotOf = (
  amount: string,
  ageMs = 0,
  resting = '0',
): { amount: Decimal; tsMs: number; restingReduceQty: Decimal } => ({
  amount: D(amount),
  tsMs: NOW - ageMs,
  restingReduceQty: D(resting),
});

export const rulesOf = (
  stepSize: string,
  minQty = stepSize,
): { stepSize: Decimal; minQty: Decimal; maxQty: Decimal } => ({
  stepSize: D(stepSize),
  minQty: D(minQty),
  maxQty: D('1000'),
});
