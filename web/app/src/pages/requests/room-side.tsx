import { useTranslation } from 'react-i18next';
import type { ConsultRequest } from '@/api/types';
import { useSpecialtyName } from '@/app/specialty';
import type { Call, CallState } from '@/call';
import { OpinionEditor } from '@/features/opinion/opinion-editor';
import { CasePanel } from '@/features/request/case-panel';
import { ChatPanel } from '@/features/room/chat-panel';
import { IconButton } from '@/ui/button';

export type SideTab = 'opinion' | 'case' | 'chat';

interface RoomSideProps {
  request: ConsultRequest;
  call: Call;
  state: CallState;
  tab: SideTab;
  writes: boolean;
  onTab: (tab: SideTab) => void;
  onStudy: (uid: string) => void;
  onClose: () => void;
}

/** Beside the picture: the opinion (for whoever writes it), the case, the chat. */
export function RoomSide({ request, call, state, tab, writes, onTab, onStudy, onClose }: RoomSideProps) {
  const { t } = useTranslation();
  const specialty = useSpecialtyName();
  const tabs: SideTab[] = writes ? ['opinion', 'case', 'chat'] : ['case', 'chat'];
  return (
    <aside className="side">
      <header role="tablist">
        {tabs.map((name) => (
          <button key={name} type="button" role="tab" aria-selected={name === tab} onClick={() => onTab(name)}>
            {t(`room.tab.${name}`)}
          </button>
        ))}
        <IconButton icon="close" label={t('common.close')} onClick={onClose} />
      </header>
      <div className="side-body" role="tabpanel">
        {tab === 'case' && <CasePanel request={request} specialty={specialty(request.specialty)} onStudy={onStudy} />}
        {tab === 'chat' && <ChatPanel call={call} state={state} />}
        {/* Stays mounted: what was typed last must not wait for its save. */}
        {writes && (
          <div hidden={tab !== 'opinion'}>
            <OpinionEditor request={request} />
          </div>
        )}
      </div>
    </aside>
  );
}
