import { useTranslation } from 'react-i18next';
import type { Call, LookingState } from '@/call';
import { Button } from '@/ui/button';
import './looking-bar.css';

interface LookingBarProps {
  call: Call;
  looking: LookingState;
  nameOf: (person: string) => string;
  /** This person may lead; false for who only listens. */
  leads?: boolean;
}

/** Above the images: who leads, and the way to lead, to follow, or to look by oneself. */
export function LookingBar({ call, looking, nameOf, leads = true }: LookingBarProps) {
  const { t } = useTranslation();
  const { leader, leading, following } = looking;
  const name = nameOf(leader);
  const led = leader !== '' && !leading && name !== '';
  return (
    <div className="looking" data-theme="dark" data-following={following && led}>
      <p role="status">
        {leading ? t('call.looking.youLead') : led ? t('call.looking.leads', { name }) : t('call.looking.nobody')}
      </p>
      {led && (
        <Button size="small" aria-pressed={following} onClick={() => call.looking.follow(!following)}>
          {t(following ? 'call.looking.unfollow' : 'call.looking.follow')}
        </Button>
      )}
      {leads && (
        <Button size="small" onClick={() => call.looking.lead(!leading)}>
          {t(leading ? 'call.looking.stop' : 'call.looking.lead')}
        </Button>
      )}
    </div>
  );
}
