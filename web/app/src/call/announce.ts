// What happens in a call, told to who listens for it at that moment; what lasts is in the snapshot.

import type { Emitter } from './emitter';
import type { ServerMessage } from './protocol';
import type { CallEvents } from './types';

/** All that a call tells: its events, and that the snapshot is another one. */
export type Announced = CallEvents & { state: undefined };

export function announce(m: ServerMessage, events: Emitter<Announced>): void {
  switch (m.type) {
    case 'joined':
      events.emit('joined', m.participant);
      break;
    case 'left':
      events.emit('left', { id: m.id, reason: m.reason });
      break;
    case 'chat':
      events.emit('chat', m);
      break;
    case 'shared':
      events.emit('shared', m);
      break;
    case 'problem':
      events.emit('problem', { code: m.code, text: m.text });
      break;
  }
}
