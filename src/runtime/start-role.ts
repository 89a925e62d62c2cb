import type { RoleService } from './role-service.js';
import { type Start, untilRedisAnswers } from './until-redis-answers.js';

/** Starts a role, each step again while Redis does not answer it. False when the process is stopped meanwhile. */
export async function startRole(role: RoleService, start: Start): Promise<boolean> {
  try {
    await role.start(async (step) => {
      await untilRedisAnswers(step, start);
      if (start.isStopping) throw new Error('stopped before it had started');
    });
  } catch (error) {
    if (!start.isStopping) throw error;
    start.logger.debug({ err: error, role: role.role }, 'the start was given up');
  }
  return !start.isStopping;
}
