import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Press } from '@/api/press';
import { makeShare, type NewShare, type Share, sharesQuery } from '@/api/sharing';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Choice, TextField, Tick } from '@/ui/field';
import { ErrorNote, Loaded } from '@/ui/states';
import { useToast } from '@/ui/toast';
import { ShareList } from './share-list';
import './share.css';

interface Props {
  study: string;
  /** Whose images are shown. */
  patient: string;
}

/** Shows a study to one person outside by a link. */
export function ShareAction(props: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="small" icon="link" onClick={() => setOpen(true)}>
        {t('share.share')}
      </Button>
      {open && <ShareDialog {...props} onClose={() => setOpen(false)} />}
    </>
  );
}

const lives = { hour: 1, day: 24, three: 72, week: 168 } as const;
type Life = keyof typeof lives;
const lifeNames = ['hour', 'day', 'three', 'week'] as const satisfies readonly Life[];

function ShareDialog({ study, patient, onClose }: Props & { onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const shares = useQuery(sharesQuery(study));
  const again = () => queries.invalidateQueries({ queryKey: sharesQuery(study).queryKey });
  const [whom, setWhom] = useState('');
  const [life, setLife] = useState<Life>('day');
  const [download, setDownload] = useState(false);
  const [report, setReport] = useState(false);
  const press = useRef(new Press());
  const make = useMutation({
    mutationFn: () => {
      const wish = { for: whom.trim(), hours: lives[life], download, report };
      return makeShare(study, wish, press.current.keyFor(wish));
    },
    onSuccess: () => {
      press.current.done();
      setWhom('');
      void again();
    },
  });
  return (
    <Dialog title={t('share.of', { patient })} wide onClose={onClose} onSubmit={() => whom.trim() && make.mutate()}>
      {make.data ? (
        <Made made={make.data} onAnother={make.reset} />
      ) : (
        <>
          <TextField
            label={t('share.for')}
            hint={t('share.forHint')}
            value={whom}
            maxLength={64}
            onChange={(event) => setWhom(event.target.value)}
          />
          <Choice
            label={t('share.life')}
            value={life}
            options={lifeNames.map((value) => ({ value, text: t(`share.lives.${value}`) }))}
            onChange={setLife}
          />
          <Tick checked={report} onChange={setReport}>
            {t('share.report')}
          </Tick>
          <Tick checked={download} onChange={setDownload}>
            {t('share.download')}
          </Tick>
          <p className="muted">{t('share.hint')}</p>
          <div>
            <Button type="submit" look="primary" icon="link" busy={make.isPending} disabled={!whom.trim()}>
              {t('share.make')}
            </Button>
          </div>
          {make.error && <ErrorNote error={make.error} />}
        </>
      )}
      <Loaded query={shares} rows={2}>
        {(all: Share[]) => <ShareList shares={all} onChanged={() => void again()} />}
      </Loaded>
    </Dialog>
  );
}

/** The link and its code, shown this once. */
function Made({ made, onAnother }: { made: NewShare; onAnother: () => void }) {
  const { t } = useTranslation();
  const toast = useToast();
  const link = new URL(made.path, window.location.origin).href;
  const copy = (text: string, told: string) => void navigator.clipboard?.writeText(text).then(() => toast.say(told));
  return (
    <section className="share-made" data-testid="share-made">
      <p>
        <b>{t('share.made', { whom: made.share.for })}</b>
      </p>
      <div className="share-secret">
        <input className="y-input num" readOnly aria-label={t('share.link')} value={link} />
        <Button icon="link" onClick={() => copy(link, t('share.copied'))}>
          {t('share.copy')}
        </Button>
      </div>
      <div className="share-secret">
        <span className="muted">{t('share.code')}</span>
        <output className="share-code num" aria-label={t('share.code')}>
          {made.code}
        </output>
        <span className="muted">{t('share.codeHint')}</span>
      </div>
      <div>
        <Button icon="plus" onClick={onAnother}>
          {t('share.another')}
        </Button>
      </div>
    </section>
  );
}
