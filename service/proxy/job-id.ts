const JOB_ID = /^[A-Za-z0-9_-]{1,200}$/

/** Whether a partner's job may be called so: it becomes part of a path. */
export function isJobId(id: unknown): id is string {
  return typeof id === 'string' && JOB_ID.test(id)
}
