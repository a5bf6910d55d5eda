/** RFC 9457 problem details as the service sends them. */
export interface Problem {
  status: number;
  code?: string;
  title?: string;
  detail?: string;
  params?: Record<string, unknown>;
  current?: unknown;
  errors?: { message?: string; location?: string }[];
}

export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.detail ?? problem.title ?? `HTTP ${problem.status}`, options);
    this.name = 'ApiError';
    this.problem = problem;
  }

  get status(): number {
    return this.problem.status;
  }

  get code(): string {
    return this.problem.code ?? '';
  }

  /** The entity has moved on: someone else was first. */
  get stale(): boolean {
    return this.status === 409;
  }

  /** Nothing was refused: the line did not carry it. */
  static isOffline(error: unknown): boolean {
    return error instanceof ApiError && error.status === 0;
  }

  static of(status: number, statusText: string, body: unknown): ApiError {
    return new ApiError(isProblem(body) ? { ...body, status } : { status, title: statusText });
  }

  static unreachable(cause: unknown): ApiError {
    return new ApiError({ status: 0, code: 'net.unreachable' }, { cause });
  }
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && ('title' in body || 'detail' in body || 'code' in body);
}

export interface ErrorText {
  key: string;
  params: Record<string, unknown>;
  fallback: string;
}

const byStatus: Record<number, string> = {
  0: 'net.unreachable',
  401: 'auth.required',
  403: 'auth.forbidden',
  404: 'notFound',
  409: 'stale',
  413: 'tooLarge',
  422: 'invalid',
  429: 'tooMany',
  503: 'unavailable',
};

/** What to tell a person: the translation of the code, else of the status, else the server's own English sentence. */
export function errorText(error: unknown): ErrorText[] {
  if (!(error instanceof ApiError)) return [{ key: 'unexpected', params: {}, fallback: String(error) }];
  const { code, params = {}, detail = '', status } = error.problem;
  const keys = [code, byStatus[status], 'unexpected'].filter((key): key is string => Boolean(key));
  return keys.map((key) => ({ key, params, fallback: detail }));
}
