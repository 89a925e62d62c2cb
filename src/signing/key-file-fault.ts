/** Why a key file cannot be used. Never contains any of its content. */
export interface KeyFileFault {
  readonly problem: string;
  readonly allowed: string;
  readonly remedy: string;
}
