import { HttpException } from '@nestjs/common';
import { type ProblemKind, problemType } from './problem-kinds.js';

/** An error answer as in RFC 9457. Further members are for programs. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance?: string;
  readonly [member: string]: unknown;
}

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** A refusal with the text for the caller. */
export class ProblemException extends HttpException {
  readonly problem: Problem;

  constructor(
    found: Problem,
    /** Response headers that belong to the answer, such as `Retry-After`. */
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(found, found.status);
    this.problem = found;
  }
}

/** `kind` is the last part of the problem's type, by which a program distinguishes problems. */
export function problem(
  status: number,
  kind: ProblemKind,
  title: string,
  detail: string,
  members: Readonly<Record<string, unknown>> = {},
): ProblemException {
  return new ProblemException({ type: problemType(kind), title, status, detail, ...members });
}
