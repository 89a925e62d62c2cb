import type { StreamConsumer } from '../redis/streams/stream-consumer.js';
import type { ConsumedStream, StreamConsumers } from '../redis/streams/stream-consumers.js';
import type { Logger } from '../telemetry/logger.js';
import type { LoopHealth, StartStep } from './role-service.js';
import { SingleFlightLoop } from './single-flight-loop.js';

const CONSUMER_ALLOWED_IDLE_MS = 5_000;

export interface RoleLoop {
  readonly name: string;
  readonly everyMs: number;
  readonly run: () => Promise<void>;
}

/** What a role does: the streams it consumes, begun in this order, and the loops it runs. */
export interface RoleWork {
  readonly streams: readonly ConsumedStream[];
  readonly loops: readonly RoleLoop[];
}

/** Runs the streams and loops of one role. Which of the two begins and ends first is the role's to say. */
export class RoleRunner {
  readonly #streams: readonly ConsumedStream[];
  readonly #loops: readonly SingleFlightLoop[];
  #consumers: readonly StreamConsumer[] = [];

  constructor(
    private readonly consumers: StreamConsumers,
    logger: Logger,
    { streams, loops }: RoleWork,
  ) {
    const onProblem = (what: string, error: unknown): void => logger.warn({ err: error }, what);
    this.#streams = streams;
    this.#loops = loops.map(({ name, everyMs, run }) => new SingleFlightLoop(name, everyMs, run, onProblem));
  }

  /** Every connection is open before the first entry is read. */
  async startConsumers(step: StartStep): Promise<void> {
    this.#consumers = this.#streams.map((stream) => this.consumers.open(stream));
    for (const consumer of this.#consumers) await step(() => consumer.connect());
    for (const consumer of this.#consumers) await step(() => consumer.start());
  }

  startLoops(): void {
    for (const loop of this.#loops) loop.start();
  }

  /** Takes nothing new and waits for what is being handled, at most `graceMs`. */
  async stopConsumers(graceMs: number): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.stop(graceMs)));
  }

  async stopLoops(): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.stop()));
  }

  health(): LoopHealth[] {
    const consuming = this.#consumers.map((consumer) => ({
      name: consumer.name,
      idleMs: consumer.idleMs(),
      allowedIdleMs: CONSUMER_ALLOWED_IDLE_MS,
    }));
    return [...consuming, ...this.#loops.map((loop) => loop.health())];
  }
}
