import type { Mode, PlanId } from '../flow/0-primitives.js';
import type { Plan } from '../flow/2-plan.js';

/** An attempt this system published itself: every field that a foreign plan may lack is there. */
export interface Attempt extends Plan {
  readonly planId: PlanId;
  readonly attempt: number;
  readonly mode: Mode;
  readonly planHash: string;
  /** Published while disarmed: walks the dry-run path and ends `disarmed`. */
  readonly disarmed: boolean;
  readonly newSl: string;
}
