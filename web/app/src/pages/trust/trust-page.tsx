import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Icon } from '@/ui/icon';
import { Page, Panel } from '@/ui/panel';
import './trust.css';

/** How a phone on the ward learns to trust this server, so that its camera may be used. */
export function TrustPage() {
  const { t } = useTranslation();
  const secure = window.isSecureContext;
  const systems = ['android', 'ios', 'windows'] as const;
  return (
    <Page title={t('trust.title')} width="text" actions={<Link to="/">{t('trust.back')}</Link>}>
      <p>{t('trust.why')}</p>
      <p className={secure ? 'trust-good' : 'trust-bad'}>
        <Icon name={secure ? 'lock' : 'alert'} /> {t(secure ? 'trust.secure' : 'trust.insecure')}
      </p>
      <p className="muted">{t('trust.check')}</p>
      <a className="y-btn y-btn-primary y-btn-large" href="/ca.crt" download>
        <Icon name="download" />
        {t('trust.download')}
      </a>
      {systems.map((system) => (
        <Panel key={system} title={t(`trust.${system}`)} pad>
          <ol className="trust-steps">
            {t(`trust.${system}Steps`, { returnObjects: true }).map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        </Panel>
      ))}
    </Page>
  );
}
