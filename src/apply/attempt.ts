import type { Mode, PlanId } from '../flow/0-primitives.js';
import type { Plan } from '../flow/2-plan.js';

/** An attempt that this system published; it has every field that the plan of a foreign Apply may lack. */
export interface Attempt extends Plan {
  readonly planId: PlanId;
  readonly attempt: number;
  readonly mode: Mode;
  readonly planHash: string;
  /** Published while disarmed: takes the dry-run path and ends `disarmed`. */
  readonly disarmed: boolean;
  readonly newSl: string;
}
