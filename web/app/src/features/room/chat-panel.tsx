import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Call, CallState } from '@/call';
import { useFormat } from '@/i18n/format';
import { IconButton } from '@/ui/button';
import { Empty } from '@/ui/states';
import './chat-panel.css';

export function ChatPanel({ call, state }: { call: Call; state: CallState }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [text, setText] = useState('');
  const end = useRef<HTMLDivElement>(null);
  const length = state.chat.length + state.pending.length;
  useEffect(() => {
    if (length > 0) end.current?.scrollIntoView({ block: 'end' });
  }, [length]);
  const send = (event: FormEvent) => {
    event.preventDefault();
    call.say(text);
    setText('');
  };
  return (
    <div className="chat">
      <div className="chat-lines" role="log">
        {length === 0 && <Empty icon="chat" title={t('room.chatEmpty')} />}
        {state.chat.map((line) => (
          <p key={line.seq} className={line.from === state.you ? 'chat-mine' : ''}>
            <small>
              {line.name} <time className="num">{format.time(line.at)}</time>
            </small>
            <span>{line.text}</span>
          </p>
        ))}
        {state.pending.map((line) => (
          <p key={line.ref} className="chat-mine chat-pending">
            <small>{t('room.sending')}</small>
            <span>{line.text}</span>
          </p>
        ))}
        <div ref={end} />
      </div>
      <form onSubmit={send}>
        <input
          className="y-input"
          aria-label={t('room.chatHint')}
          placeholder={t('room.chatHint')}
          maxLength={2000}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <IconButton type="submit" icon="send" label={t('room.send')} disabled={!text.trim()} />
      </form>
    </div>
  );
}
