import { hostname } from 'node:os';
import { Injectable } from '@nestjs/common';
import { configurationDigest } from '../config/configuration-digest.js';
import { Environment } from '../config/environment.js';
import { GROUP_OF_ROLE } from '../redis/keys/groups.js';
import { LeaseKeeper } from '../redis/stores/lease-keeper.js';
import { build } from './build.js';
import { ProcessHealth } from './process-health.js';
import type { PartHealth } from './role-service.js';

/** One renewal of so many checks all of readiness, with its questions to Redis; while something is wrong, each does. */
const RENEWALS_PER_CHECK = 10;
/** Longer ones are cut: what is said is stored every 3 s. */
const LONGEST_FAULT = 300;
const MOST_FAULTS = 8;

/** Proposals that wait for capacity: how many, and the most urgent of them. */
export interface WaitingForCapacity {
  readonly count: number;
  readonly first: readonly Readonly<Record<string, unknown>>[];
}

/** What each process says about itself with the renewals of its leases; `GET /fleet` shows it. */
@Injectable()
export class SelfDescription {
  readonly #fixed: Readonly<Record<string, unknown>>;
  #unserved: (() => readonly (readonly [symbol: string, sec: number, why: string])[]) | undefined;
  #waiting: (() => WaitingForCapacity) | undefined;
  #check: (() => Promise<readonly PartHealth[]>) | undefined;
  #checked: readonly PartHealth[] = [];
  #renewals = 0;

  constructor(
    environment: Environment,
    private readonly health: ProcessHealth,
    leases: LeaseKeeper,
  ) {
    const { digest, parts } = configurationDigest(environment);
    this.#fixed = {
      ...build(),
      configuration: digest,
      configuration_parts: parts,
      mode: environment.applyMode,
      started_ms: Math.round(performance.timeOrigin),
      host: hostname(),
      pid: process.pid,
    };
    leases.describe((group, isEnding) => this.#say(group, isEnding));
  }

  /** All of readiness; a process without an HTTP interface has no such check. */
  checkBy(check: () => Promise<readonly PartHealth[]>): void {
    this.#check = check;
  }

  /** Which standing proposals ask in vain; Apply knows. */
  unservedBy(unserved: () => readonly (readonly [symbol: string, sec: number, why: string])[]): void {
    this.#unserved = unserved;
  }

  /** What waits for capacity; Apply knows. */
  waitingBy(waiting: () => WaitingForCapacity): void {
    this.#waiting = waiting;
  }

  /** What all of readiness found, whoever asked. */
  note(parts: readonly PartHealth[]): void {
    this.#checked = parts;
  }

  /** Every part of readiness: what needs no question to Redis as of now, the rest as of the last check. */
  parts(): readonly PartHealth[] {
    const { health } = this;
    const own = [health.startupPart(), ...health.roleParts(), ...health.exchangePart()];
    const known = new Set(own.map(({ part }) => part));
    return [...own, ...this.#checked.filter(({ part }) => !known.has(part))];
  }

  #say(group: string, isEnding: boolean): string {
    if (isEnding) return JSON.stringify({ ...this.#fixed, ended: true, faults: [] });
    // A process with several roles renews several leases at a time.
    this.#renewals += 1;
    if (this.#renewals % RENEWALS_PER_CHECK === 1 || this.#checked.some(({ fault }) => fault !== undefined))
      void this.#askAll();
    const faults = this.parts()
      .filter(({ part, fault }) => fault !== undefined && !isOtherRole(part, group))
      .map(({ part, fault = '' }) => `${part}: ${fault}`.slice(0, LONGEST_FAULT));
    const unserved = group === GROUP_OF_ROLE.apply ? (this.#unserved?.() ?? []) : [];
    const waiting = group === GROUP_OF_ROLE.apply ? this.#waiting?.() : undefined;
    return JSON.stringify({
      ...this.#fixed,
      ended: false,
      faults: faults.slice(0, MOST_FAULTS),
      ...(unserved.length === 0 ? {} : { unserved }),
      ...(waiting === undefined || waiting.count === 0 ? {} : { waiting_for_capacity: waiting }),
    });
  }

  async #askAll(): Promise<void> {
    try {
      this.note((await this.#check?.()) ?? []);
    } catch (error) {
      this.note([{ part: 'readiness', fault: error instanceof Error ? error.message : String(error) }]);
    }
  }
}

/** One role of a process may be stuck while its other roles work. */
const isOtherRole = (part: string, group: string): boolean =>
  part in GROUP_OF_ROLE && GROUP_OF_ROLE[part as keyof typeof GROUP_OF_ROLE] !== group;
