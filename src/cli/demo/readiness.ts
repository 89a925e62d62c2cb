import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from './belongings.js';
import type { RunningProgram } from './program.js';

/** A machine that others keep busy takes its time. */
const READY_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 20;

/** Waits until something holds of a program that is starting. Throws with the end of its log when it ends or takes too long. */
export async function until(program: RunningProgram, holds: () => Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + READY_WITHIN_MS;
  while (!(await holds())) {
    if (!isAlive(program.child)) throw new Error(`permit-gate ended instead of getting ready:\n${program.lastLines()}`);
    if (performance.now() > untilMs)
      throw new Error(`permit-gate is not ready after ${READY_WITHIN_MS / 1_000} s:\n${program.lastLines()}`);
    await sleep(LOOK_EVERY_MS);
  }
}

/** What the readiness probe of a process on this machine says. */
export async function isReady(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch (error) {
    // Nobody listens yet, or a machine that is busy answers late.
    if (error instanceof TypeError || (error instanceof Error && error.name === 'TimeoutError')) return false;
    throw error;
  }
}
