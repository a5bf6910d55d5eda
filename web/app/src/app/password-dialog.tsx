import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { changePassword } from '@/api/consults';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { TextField } from '@/ui/field';
import { ErrorNote } from '@/ui/states';
import { useToast } from '@/ui/toast';

export function PasswordDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const toast = useToast();
  const [old, setOld] = useState('');
  const [fresh, setFresh] = useState('');
  const [again, setAgain] = useState('');
  const change = useMutation({
    mutationFn: () => changePassword(old, fresh),
    onSuccess: () => {
      toast.say(t('auth.changed'), { tone: 'done' });
      onClose();
    },
  });
  const short = fresh !== '' && fresh.length < 10;
  const differ = again !== '' && again !== fresh;
  const ready = old !== '' && fresh.length >= 10 && again === fresh;
  return (
    <Dialog
      title={t('shell.password')}
      onClose={onClose}
      onSubmit={() => ready && change.mutate()}
      footer={
        <Button type="submit" look="primary" disabled={!ready} busy={change.isPending}>
          {t('common.save')}
        </Button>
      }
    >
      <TextField
        label={t('auth.old')}
        type="password"
        autoComplete="current-password"
        value={old}
        onChange={(e) => setOld(e.target.value)}
      />
      <TextField
        label={t('auth.fresh')}
        type="password"
        autoComplete="new-password"
        value={fresh}
        error={short ? t('auth.short') : undefined}
        hint={t('auth.short')}
        onChange={(e) => setFresh(e.target.value)}
      />
      <TextField
        label={t('auth.again')}
        type="password"
        autoComplete="new-password"
        value={again}
        error={differ ? t('auth.differ') : undefined}
        onChange={(e) => setAgain(e.target.value)}
      />
      {change.error && <ErrorNote error={change.error} />}
    </Dialog>
  );
}
