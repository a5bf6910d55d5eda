/** Why a picture is not shown, in the few ways in which a person can do something about it. Pure. */

export type Failure = 'offline' | 'forbidden' | 'gone' | 'server' | 'codec';

/** err is what the image loader rejects with: the request, or an error of the decoder; both may be wrapped. */
export function failureOf(err: unknown): Failure {
  const status = statusOf(err);
  if (status === undefined) return 'codec';
  if (status === 0) return 'offline';
  if (status === 401 || status === 403) return 'forbidden';
  if (status === 404 || status === 410) return 'gone';
  if (status === 406 || status === 415 || status === 200) return 'codec';
  return 'server';
}

function statusOf(err: unknown): number | undefined {
  if (typeof err !== 'object' || err === null) return undefined;
  if ('status' in err && typeof err.status === 'number') return err.status;
  for (const inner of ['error', 'reason'] as const) {
    if (inner in err) return statusOf((err as Record<string, unknown>)[inner]);
  }
  return undefined;
}
