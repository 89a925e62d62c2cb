import { BadRequestException, NotFoundException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { RedisRefused, RedisUnavailable } from '../../redis/connection/redis.errors.js';
import { problem } from './problem.js';
import { problemOf } from './problem-of.js';

it('reveals nothing of an unexpected error', () => {
  for (const error of [new Error('CANARY'), 'CANARY', new TypeError('CANARY'), undefined]) {
    const found = problemOf(error);
    expect(found).toMatchObject({ type: 'about:blank', status: 500, title: 'Internal Server Error' });
    expect(JSON.stringify(found)).not.toContain('CANARY');
  }
});

it('keeps a problem as it was made', () => {
  expect(problemOf(problem(409, 'closed', 'T', 'D', { more: 1 }))).toEqual({
    type: 'urn:permit-gate:problem:closed',
    title: 'T',
    status: 409,
    detail: 'D',
    more: 1,
  });
});

it('names Redis when it is away', () => {
  expect(problemOf(new RedisUnavailable('script set_control: Connection is closed.'))).toMatchObject({
    status: 503,
    type: 'urn:permit-gate:problem:redis-unavailable',
    detail: expect.stringContaining('script set_control: Connection is closed.'),
  });
});

describe('a Redis right that is missing', () => {
  it.each([
    ['script set_control: NOPERM no permissions to access a key', 'REDIS_OPERATOR_USERNAME'],
    ['script set_hold: ERR ACL failure in script: no permissions to access a key', 'REDIS_OPERATOR_USERNAME'],
    ['script set_ledger: NOPERM no permissions to access a key', 'REDIS_OPERATOR_USERNAME'],
    ['script read_position_evidence: NOPERM no permissions to access a key', '(REDIS_USERNAME)'],
  ])('%s names %s', (message, variable) => {
    const found = problemOf(new RedisRefused(message));
    expect(found).toMatchObject({ status: 503, type: 'urn:permit-gate:problem:redis-right-missing' });
    expect(found.detail).toContain(variable);
  });

  it('is distinguished from any other refusal, which is our fault', () => {
    expect(problemOf(new RedisRefused('script set_control: user_script:7: attempt to index a nil value')).status).toBe(
      500,
    );
  });

  it('is distinguished from a key of the wrong type, which an operator can repair [R14]', () => {
    const found = problemOf(new RedisRefused('script set_ledger: WRONGTYPE Operation against a key'));
    expect(found).toMatchObject({ status: 503, type: 'urn:permit-gate:problem:redis-wrong-type' });
    expect(found.detail).toContain('GET /api/v1/positions');
  });
});

it('takes plain HTTP errors as they are', () => {
  expect(problemOf(new NotFoundException('Cannot GET /x'))).toEqual({
    type: 'about:blank',
    title: 'Not Found',
    status: 404,
    detail: 'Cannot GET /x',
  });
  expect(problemOf(new BadRequestException('Unexpected token h in JSON: hunter2'))).toMatchObject({
    type: 'urn:permit-gate:problem:body-not-json',
  });
});
