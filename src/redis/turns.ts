let waiting: (() => void)[] = [];

/**
 * Resolves when the event loop has looked for input once more. For what is not urgent: answers that are here already are
 * taken first. It never waits for input to come. All who asked in one turn go on together, so that what they write leaves together.
 */
export function afterNextPoll(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.length === 0) setImmediate(() => setImmediate(goOn));
    waiting.push(resolve);
  });
}

function goOn(): void {
  const all = waiting;
  waiting = [];
  for (const resolve of all) resolve();
}
