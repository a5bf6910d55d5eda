import type { PatientChart } from '@/api/record-types';

/** Everything that happened to a patient on one line of time. */
export type ChartItem = {
  key: string;
  at: string;
  kind: 'request' | 'order' | 'study' | 'report';
  title: string;
  detail: string;
  state?: string;
  to: string;
};

/** Newest first. A study that belongs to an order is told by the order, a report by its study's order. */
export function chartItems(chart: PatientChart): ChartItem[] {
  const ordered = new Set((chart.orders ?? []).map((order) => order.study).filter(Boolean));
  const items: ChartItem[] = [
    ...(chart.requests ?? []).map((request) => ({
      key: `request ${request.id}`,
      at: request.submittedAt ?? '',
      kind: 'request' as const,
      title: request.summary,
      detail: [request.institution.short, request.acceptedBy?.name].filter(Boolean).join(' → '),
      state: request.state,
      to: `/requests/${request.id}`,
    })),
    ...(chart.orders ?? []).map((order) => ({
      key: `order ${order.id}`,
      at: order.orderedAt ?? '',
      kind: 'order' as const,
      title: `${order.modality} ${order.exam}`,
      detail: order.report?.impression ?? order.clinical ?? '',
      state: order.state,
      to: `/orders/${order.id}`,
    })),
    ...(chart.studies ?? [])
      .filter((study) => !ordered.has(study.uid))
      .map((study) => ({
        key: `study ${study.uid}`,
        at: study.date ?? study.lastArrival ?? '',
        kind: 'study' as const,
        title: `${study.modalities.join(' ')} ${study.description ?? ''}`.trim(),
        detail: study.institution ?? '',
        state: study.state,
        to: `/studies/${study.uid}`,
      })),
  ];
  return items.sort((a, b) => b.at.localeCompare(a.at) || a.key.localeCompare(b.key));
}
