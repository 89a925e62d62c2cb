import { consumerName } from '../keys/groups.js';
import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { LOGGER, type Logger } from '../../telemetry/logger.js';
import { eventKeys } from '../keys/event-keys.js';
import type { Keys } from '../keys/keys.js';
import { DeadLetters } from './dead-letters.js';
import { type RedisClient, RedisClients } from '../connection/redis-clients.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import { StreamConsumer, type StreamConsumerOptions } from './stream-consumer.js';
import { COMMANDS, KEYS } from '../redis.tokens.js';

/** The stream, the group and the handler of a role. */
export type ConsumedStream = Omit<StreamConsumerOptions, 'consumer' | 'deadLetter' | 'onProblem'>;

/** Creates stream consumers with the name of this process, each on its own blocking connection. */
@Injectable()
export class StreamConsumers {
  constructor(
    private readonly clients: RedisClients,
    @Inject(COMMANDS) private readonly commands: RedisClient,
    private readonly deadLetters: DeadLetters,
    private readonly runner: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly environment: Environment,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** The consumer name of this process in a group: stable across restarts. */
  consumerName(group: string): string {
    return consumerName(group, this.environment.instanceId);
  }

  open(options: ConsumedStream): StreamConsumer {
    const blocking = this.clients.open(`read-${options.group}`, 'blocking');
    return new StreamConsumer(blocking, this.commands, {
      ...options,
      consumer: this.consumerName(options.group),
      deadLetter: (entry, reason, tries) =>
        this.deadLetters.deadLetter(options.stream, options.group, entry, reason, tries),
      onProblem: (what, error) => this.logger.warn({ err: error }, what),
      onGroupRemade: async () => {
        await options.onGroupRemade?.();
        await this.#reportRemade(options.stream, options.group);
      },
    });
  }

  async #reportRemade(stream: string, group: string): Promise<void> {
    await this.runner.run('report_event', eventKeys(this.keys), {
      event: 'GROUP_REMADE',
      reason: 'the stream or its group was deleted',
      context: JSON.stringify({ stream, group, by: this.environment.instanceId }),
      action: 'made_again',
    });
  }
}
