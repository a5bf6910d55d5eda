/** What a client may read of a ticket (PROTOCOL.md, hello). */
export interface TicketHints {
  ice: RTCIceServer[];
  canSend: boolean;
}

/** Reads the open part of a ticket; a ticket that cannot be read gives no hints: the server will judge it. */
export function readTicket(ticket: string): TicketHints {
  const none: TicketHints = { ice: [], canSend: true };
  const middle = ticket.startsWith('yl1.') ? ticket.split('.')[1] : undefined;
  if (!middle) return none;
  try {
    const bytes = Uint8Array.from(atob(middle.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof claims !== 'object' || claims === null) return none;
    const { ice, send } = claims as { ice?: unknown; send?: unknown };
    return { ice: Array.isArray(ice) ? (ice as RTCIceServer[]) : [], canSend: send === true };
  } catch {
    return none;
  }
}
