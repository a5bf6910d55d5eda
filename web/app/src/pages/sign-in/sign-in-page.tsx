import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { setCsrf } from '@/api/client';
import { sessionQuery, signIn } from '@/api/consults';
import { chooseLanguage, currentLanguage } from '@/i18n/i18n';
import { Button, IconButton } from '@/ui/button';
import { TextField } from '@/ui/field';
import { ErrorNote } from '@/ui/states';
import './sign-in.css';

/** `expired`: somebody was signed in here until a moment ago; the address stays, so the same page opens again. */
export function SignInPage({ expired }: { expired?: boolean }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const enter = useMutation({
    mutationFn: () => signIn(login.trim(), password),
    onSuccess: (me) => {
      setCsrf(me.csrf);
      queries.setQueryData(sessionQuery.queryKey, me);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    enter.mutate();
  };
  return (
    <main className="signin">
      <form onSubmit={submit}>
        <header>
          <img src="/icon.svg" alt="" width={44} height={44} />
          <div>
            <h1>{t('app.name')}</h1>
            <p className="muted">{t('app.tagline')}</p>
          </div>
          <IconButton
            icon="globe"
            label={t('shell.otherLanguage')}
            onClick={() => chooseLanguage(currentLanguage() === 'zh' ? 'en' : 'zh')}
          />
        </header>
        {expired && (
          <p className="signin-expired" role="status">
            {t('auth.expired')}
          </p>
        )}
        <TextField
          label={t('auth.login')}
          name="login"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          value={login}
          onChange={(e) => setLogin(e.target.value)}
        />
        <TextField
          label={t('auth.password')}
          name="password"
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={(e) => setPassword(e.target.value)}
        />
        {enter.error && <ErrorNote error={enter.error} />}
        <Button type="submit" look="primary" size="large" block busy={enter.isPending} disabled={!login || !password}>
          {t('auth.submit')}
        </Button>
        <p className="muted small">
          {t('auth.elsewhere')}
          <br />
          <Link to="/trust">{t('auth.trust')}</Link>
        </p>
      </form>
    </main>
  );
}
