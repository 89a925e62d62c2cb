import { ALLOW, deny, type Verdict } from '../verdict.js';

/** Executions of a symbol in the last hour, reserved ones included, must leave room for one more. */
export function hourlyLimit(input: {
  readonly execHour: number;
  readonly maxExecPerHour: number;
}): Verdict<'hourly_limit_exceeded'> {
  return input.execHour + 1 <= input.maxExecPerHour
    ? ALLOW
    : deny('hourly_limit_exceeded', { exec_count_hour: input.execHour, limit: input.maxExecPerHour });
}

/** The same for the last five minutes. */
export function burstLimit(input: {
  readonly exec5Min: number;
  readonly maxExecPer5Min: number;
}): Verdict<'burst_limit_exceeded'> {
  return input.exec5Min + 1 <= input.maxExecPer5Min
    ? ALLOW
    : deny('burst_limit_exceeded', { exec_count_5min: input.exec5Min, limit: input.maxExecPer5Min });
}
