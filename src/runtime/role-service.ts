import { Injectable } from '@nestjs/common';
import type { Role } from '../config/roles.js';

/** A loop that must make progress; readiness checks the time since its last round. */
export interface LoopHealth {
  readonly name: string;
  readonly idleMs: number;
  /** Longer than this and the process is not ready. */
  readonly allowedIdleMs: number;
}

/** One part of the process: ready when `fault` is `undefined`; otherwise `fault` says why not and what to do. */
export interface PartHealth {
  readonly part: string;
  readonly fault: string | undefined;
  /** Shown with a part that is fine: what is amiss without stopping the process. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Does a step of the start again while Redis does not answer it, so each step may be done twice. Throws when the process is stopped meanwhile. */
export type StartStep = (step: () => Promise<void>) => Promise<void>;

/** One role of this process, started when Redis is configured correctly and stopped before the connections close. */
export interface RoleService {
  readonly role: Role;
  /** Consumer groups whose names this role uses: one lease each. */
  readonly groups: readonly string[];
  /** Everything that asks Redis goes through `step`, or copes with no answer by itself. */
  start(step: StartStep): Promise<void>;
  /** Takes no new work, and finishes or hands over its present work within `graceMs`. */
  stop(graceMs: number): Promise<void>;
  loops(): readonly LoopHealth[];
  /** What this role needs besides its loops, for readiness. */
  parts?(): readonly PartHealth[];
  /** Symbols that this role can do nothing for at present while it serves the others, and why. */
  symbolFaults?(): ReadonlyMap<string, string>;
}

/** The roles this process carries out, in the order they start. */
@Injectable()
export class RoleRegistry {
  readonly #roles: RoleService[] = [];

  readonly #stops: (() => Promise<void>)[] = [];

  /** Called at the stop of the process, while Redis can still be written. */
  onStop(stop: () => Promise<void>): void {
    this.#stops.push(stop);
  }

  async stopped(): Promise<void> {
    await Promise.all(this.#stops.map((stop) => stop()));
  }

  register(role: RoleService): void {
    this.#roles.push(role);
  }

  get roles(): readonly RoleService[] {
    return this.#roles;
  }
}
