import type { Logger } from '../telemetry/logger.js';
import type { DeadLetters } from './dead-letters.js';
import type { RedisClient, RedisClients } from './redis-clients.js';
import { StreamConsumer, type StreamConsumerOptions } from './stream-consumer.js';

/** Makes stream consumers under this process' name, each on a blocking connection of its own. */
export class StreamConsumers {
  constructor(
    private readonly clients: RedisClients,
    private readonly commands: RedisClient,
    private readonly deadLetters: DeadLetters,
    private readonly instanceId: string,
    private readonly logger: Logger,
  ) {}

  /** The consumer name of this process in a group: stable over restarts. */
  consumerName(group: string): string {
    return `${group}-${this.instanceId}`;
  }

  async open(options: Omit<StreamConsumerOptions, 'consumer' | 'setAside' | 'onProblem'>): Promise<StreamConsumer> {
    const blocking = this.clients.open(`read-${options.group}`, 'blocking');
    await blocking.connect();
    return new StreamConsumer(blocking, this.commands, {
      ...options,
      consumer: this.consumerName(options.group),
      setAside: (entry, reason, tries) =>
        this.deadLetters.setAside(options.stream, options.group, entry, reason, tries),
      onProblem: (what, error) => this.logger.warn({ err: error }, what),
    });
  }
}
