import { Injectable } from '@nestjs/common';

/** How often the archive looks for entries; a test changes them. */
@Injectable()
export class ArchiveSettings {
  /** The one that writes, when nothing waits. */
  leaderMs = 1_000;
  /** The others try for the lease. */
  followerMs = 3_000;
  /** Longer than a write takes. A successor begins at most this long after a killed process. */
  leaseMs = 10_000;
  /** After a write that failed; below the lease, so that the process that writes stays the same. */
  retryMs = 2_000;
}
