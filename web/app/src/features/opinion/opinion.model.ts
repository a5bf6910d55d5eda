import type { ConsultRequest, Opinion, OpinionText } from '@/api/types';

/** What may be written and signed. Pure. */

export function textOf(opinion: Opinion): OpinionText {
  const { findings, diagnosis, advice, referral } = opinion;
  return { findings, diagnosis, advice, referral };
}

export type OpinionGap = 'diagnosis' | 'advice';

/** What must be there before it can be signed: a diagnosis and an advice; findings may stand in the diagnosis. */
export function opinionGaps(text: OpinionText): OpinionGap[] {
  const gaps: OpinionGap[] = [];
  if (!text.diagnosis.trim()) gaps.push('diagnosis');
  if (!text.advice.trim()) gaps.push('advice');
  return gaps;
}

export function mayWrite(request: ConsultRequest): boolean {
  return request.actions.includes('write');
}

export function isSigned(opinion: Opinion): boolean {
  return opinion.state === 'signed' || opinion.state === 'amended';
}
