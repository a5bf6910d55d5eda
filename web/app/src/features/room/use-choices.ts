import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { Call, CallState } from '@/call';
import { useToast } from '@/ui/toast';
import type { MenuChoice } from './more-menu';
import { mayAskToRecord } from './room.model';
import type { Wish } from './stage';
import { modeOf, tilesOf } from './tiles.model';
import { canFloat, type Floating } from './use-floating';
import { useSourceName } from './use-source-name';

interface ChoicesOf {
  call: Call;
  state: CallState;
  wish: Wish;
  big: boolean;
  floating: Floating;
  onWish: (wish: Wish) => void;
  onWindow: (window: 'devices' | 'add' | 'keys' | 'record') => void;
  onBig: (big: boolean) => void;
  onPeople: () => void;
  onFreeze?: () => void;
  onInvite?: () => void;
  onColleague?: () => void;
  lecture?: { text: string; open: () => void };
}

/** The lines of the menu “more”, as they fit the moment. */
export function useChoices(of: ChoicesOf): MenuChoice[] {
  const { call, state, wish, big, floating } = of;
  const { t } = useTranslation();
  const toast = useToast();
  const navigate = useNavigate();
  const sourceName = useSourceName();
  const mode = modeOf(tilesOf(state), wish);
  const choices: (MenuChoice | false)[] = [
    mode !== 'duo' && mode !== 'grid' && { icon: 'wall', text: t('call.more.grid'), onClick: () => of.onWish('grid') },
    mode === 'grid' && { icon: 'user', text: t('call.more.speaker'), onClick: () => of.onWish('speaker') },
    { icon: 'users', text: t('call.more.people'), onClick: of.onPeople },
    of.onColleague !== undefined && { icon: 'plus', text: t('call.colleagues.invite'), onClick: of.onColleague },
    of.onInvite !== undefined && { icon: 'link', text: t('guest.invite'), onClick: of.onInvite },
    of.lecture !== undefined && { icon: 'volume', text: of.lecture.text, onClick: of.lecture.open },
    of.onFreeze !== undefined && { icon: 'edit', text: t('call.more.freeze'), onClick: of.onFreeze },
    ...Object.entries(state.local.extras).map(
      ([source, track]): MenuChoice => ({
        icon: 'cameraOff',
        text: t('call.more.stopSource', { source: sourceName(source) }),
        onClick: () => {
          track.stop();
          call.setTrack(source, null);
        },
      }),
    ),
    state.canSend && { icon: 'plus', text: t('call.more.add'), onClick: () => of.onWindow('add') },
    state.canSend &&
      mayAskToRecord(state) && {
        icon: 'camera',
        text: t('call.record.start'),
        onClick: () => of.onWindow('record'),
      },
    state.recording.state === 'on' && {
      icon: 'check',
      text: t('call.record.mark'),
      onClick: () => {
        call.mark(t('call.record.mark'));
        toast.say(t('call.record.marked'));
      },
    },
    (state.recording.state === 'on' || state.recording.state === 'asked') && {
      icon: 'close',
      text: t('call.record.stop'),
      onClick: () => call.record(false),
    },
    canFloat() && {
      icon: 'expand',
      text: t(floating.on ? 'call.more.unfloat' : 'call.more.float'),
      onClick: floating.toggle,
    },
    state.canSend && { icon: 'settings', text: t('call.more.devices'), onClick: () => of.onWindow('devices') },
    { icon: 'device', text: t('call.more.big'), checked: big, onClick: () => of.onBig(!big) },
    { icon: 'help', text: t('call.more.keys'), onClick: () => of.onWindow('keys') },
    state.phase === 'ended' && {
      icon: 'refresh',
      text: t('call.more.test'),
      onClick: () => void navigate('/linetest'),
    },
  ];
  return choices.filter((choice) => choice !== false);
}
