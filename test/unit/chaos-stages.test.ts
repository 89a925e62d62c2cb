import { describe, expect, it } from 'vitest';
import { Stages } from '../chaos/stages.js';

const never = (): Promise<never> => new Promise(() => undefined);

describe('the deadline of a chaos run', () => {
  it('ends a run that hangs, and says what it was waiting for', async () => {
    const stages = new Stages(50);
    const hangs = async (): Promise<void> => {
      await stages.of('the first thing', Promise.resolve());
      await stages.of('the second thing', never());
    };
    await expect(stages.limit(hangs())).rejects.toThrow(
      'the run did not end within 0.05 s; it was waiting for the second thing',
    );
  });

  it('lets a run through that ends in time, with its result or its own failure', async () => {
    await expect(new Stages(1_000).limit(Promise.resolve(7))).resolves.toBe(7);
    await expect(new Stages(1_000).limit(Promise.reject(new Error('its own')))).rejects.toThrow('its own');
  });
});
