import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import {
  isMissingRight,
  isWrongType,
  RedisFull,
  type RedisRefused,
  RedisUnavailable,
} from '../../redis/connection/redis.errors.js';
import { BODY_LIMIT_BYTES } from './body-limit.js';
import { type Problem, problem, ProblemException } from './problem.js';

/** Scripts that this interface runs on the operators' connection. */
const OPERATOR_SCRIPT =
  /^script (set_control|set_hold|clear_hold|set_ledger|settle_dead_letter|hand_over|record_result|write_permit):/;

/**
 * The answer for any failure. Unexpected errors become a bare 500; their text goes only to the log.
 */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemException) return error.problem;
  if (error instanceof RedisFull) {
    return problem(
      503,
      'redis-full',
      'Redis is full',
      `${error.message}. Nothing was done. The kill switch, disarming and holds still work.`,
    ).problem;
  }
  if (error instanceof RedisUnavailable) {
    return problem(
      503,
      'redis-unavailable',
      'Redis is unavailable',
      `Redis did not answer (${error.message}). The call may or may not have taken effect: check before you repeat it. GET /health/ready reports when Redis is back.`,
    ).problem;
  }
  if (isMissingRight(error)) return missingRight(error);
  if (isWrongType(error)) {
    const remedy = 'GET /api/v1/positions names the key under "faults", with what to do about it.';
    const detail = `${error.message}. Nothing was done. ${remedy}`;
    return problem(503, 'redis-wrong-type', 'A Redis key is of another type than ours', detail).problem;
  }
  return bodyProblem(error) ?? (error instanceof HttpException ? httpProblem(error) : unforeseen());
}

function missingRight(error: RedisRefused): Problem {
  const remedy = OPERATOR_SCRIPT.test(error.message)
    ? "This is an operator write: set REDIS_OPERATOR_USERNAME and REDIS_OPERATOR_PASSWORD to the operators' Redis user, or give that user the right."
    : 'Give the right to the Redis user of this process (REDIS_USERNAME), or call a process whose user has it.';
  return problem(503, 'redis-right-missing', 'A Redis right is missing', `${error.message}. ${remedy}`).problem;
}

/** A refusal of the body parser: its errors have a `type` and a `status`. */
function bodyProblem(error: unknown): Problem | undefined {
  const cause = error instanceof HttpException && error.cause !== undefined ? error.cause : error;
  const type: unknown = cause instanceof Error && 'type' in cause ? cause.type : undefined;
  if (type === 'entity.too.large') return bodyTooLarge().problem;
  const broken =
    type === 'entity.parse.failed' ||
    (error instanceof HttpException && error.getStatus() === 400 && /JSON/.test(error.message));
  if (broken || cause instanceof SyntaxError) {
    return problem(400, 'body-not-json', 'The body is not JSON', 'The body could not be read as a JSON object.')
      .problem;
  }
  const status: unknown = cause instanceof Error && 'status' in cause ? cause.status : undefined;
  if (typeof type !== 'string' || typeof status !== 'number' || status < 400 || status > 499) return undefined;
  return plainProblem(status, `The body could not be read (${type}).`);
}

export function bodyTooLarge(): ProblemException {
  return problem(413, 'body-too-large', 'The body is too large', `A body may have ${BODY_LIMIT_BYTES} bytes at most.`);
}

function httpProblem(error: HttpException): Problem {
  const status = error.getStatus();
  return status >= 500 ? unforeseen() : plainProblem(status, error.message.slice(0, 300));
}

function plainProblem(status: number, detail: string): Problem {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail };
}

function unforeseen(): Problem {
  return plainProblem(500, 'An unexpected error occurred; the log of this process has the details.');
}
