import type { RequestKind } from '@/api/types';

export const kinds: RequestKind[] = ['rescue', 'urgent', 'assist'];
