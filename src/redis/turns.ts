/**
 * Resolves when the event loop has looked for input once more. For what is not urgent: answers that are here already are
 * taken first. It never waits for input to come.
 */
export function afterNextPoll(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}
