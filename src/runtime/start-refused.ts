/** This process must not run in the shape it was started in. The message says why and what to do; exit code 78. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
}
