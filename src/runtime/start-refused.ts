/** This process must not run as it was started. The message says why and what to do; exit code 78. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
}
