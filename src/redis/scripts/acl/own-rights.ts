import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../../../config/environment.js';
import { singleServerOptions } from '../../connection/connection-options.js';
import type { RedisClient } from '../../connection/redis-clients.js';
import { primariesOf } from '../../connection/slot-owner.js';
import { firstFew } from '../../first-few.js';
import { redisTargetOf } from '../../connection/redis-target.js';
import { asRedisError } from '../../connection/redis.errors.js';
import { GROUPS, groupsOf } from '../../keys/groups.js';
import type { KeyName, Keys } from '../../keys/keys.js';
import { COMMANDS, KEYS } from '../../redis.tokens.js';
import { groupProbeOf, probeKeyOf } from './probe-keys.js';
import { checkRights, rightsTrouble } from './rights-check.js';
import { questionOf } from './questions.js';
import { GROUP_READS, GROUP_ROWS, rightsOf } from './rights.js';

/** How often it is proven that the user of a production's process has no other rights than it needs: that takes thousands of questions. */
const PROOF_EVERY_MS = 60_000;

/**
 * Asks Redis which rights of its roles this process lacks, and in production which others it has, without using one: `ACL DRYRUN` is not
 * logged and changes nothing.
 */
@Injectable()
export class OwnRights {
  readonly #questions: readonly { readonly command: string; readonly key: string }[];
  readonly #user: string;

  #proof: { readonly trouble: Promise<string | undefined>; readonly untilMs: number } | undefined;

  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    @Inject(KEYS) keys: Keys,
    private readonly environment: Environment,
  ) {
    this.#user = singleServerOptions(redisTargetOf(environment)).username ?? 'default';
    const groups = groupsOf(environment.roles);
    const keysOf = (command: string, name: KeyName): string[] => {
      if (!GROUP_ROWS.has(name)) return [probeKeyOf(keys, name)];
      // A user may take the leases of its own groups only.
      return (GROUP_READS.has(command) ? Object.values(GROUPS) : groups).map((group) =>
        groupProbeOf(keys, name, group),
      );
    };
    const questions = (command: string, names: Iterable<KeyName>) =>
      [...names].flatMap((name) => keysOf(command, name)).map((key) => ({ command, key }));
    const { byCommand, declared } = rightsOf([...environment.roles]);
    this.#questions = [...byCommand, ['evalsha', declared] as const].flatMap(([command, names]) =>
      questions(command, names),
    );
  }

  /** `undefined` when nothing is missing, or when this user may not ask: the check of the server reports that. */
  async fault(): Promise<string | undefined> {
    const answers = await Promise.all(this.#questions.map(({ command, key }) => this.#isDenied(command, key)));
    const missing = this.#questions.filter((_, at) => answers[at] === true);
    if (missing.length === 0) return this.environment.applyMode === 'production' ? this.#excess() : undefined;
    const named = missing.map(({ command, key }) => `${command.replace('|', ' ').toUpperCase()} ${key}`);
    return `the Redis user ${this.#user} may not run ${firstFew(named)}: load the docker/redis/users.acl of this version into Redis (ACL LOAD), or give the rights to the user of REDIS_USERNAME`;
  }

  async #excess(): Promise<string | undefined> {
    const nowMs = performance.now();
    if (this.#proof === undefined || nowMs >= this.#proof.untilMs)
      this.#proof = { trouble: this.#prove(), untilMs: nowMs + PROOF_EVERY_MS };
    try {
      const trouble = await this.#proof.trouble;
      if (trouble === undefined) return undefined;
      // Asked again each time, until it is repaired.
      this.#proof = undefined;
      return `the Redis user ${this.#user} has other rights than its roles need: ${trouble}. Load the docker/redis/users.acl of this version into Redis (ACL LOAD)`;
    } catch (error) {
      this.#proof = undefined;
      throw error;
    }
  }

  async #prove(): Promise<string | undefined> {
    const { redisKeyPrefix, roles } = this.environment;
    return rightsTrouble(await checkRights(this.client, redisKeyPrefix, [...roles]));
  }

  async #isDenied(command: string, key: string): Promise<boolean> {
    try {
      const answers = await Promise.all(
        primariesOf(this.client).map((primary) =>
          primary.call('ACL', 'DRYRUN', this.#user, ...questionOf(command, key)),
        ),
      );
      return answers.some((answer) => answer !== 'OK');
    } catch (error) {
      if (error instanceof Error && error.name === 'ReplyError') return false;
      throw asRedisError(error, 'checking the rights of this process');
    }
  }
}
