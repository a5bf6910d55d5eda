import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { endConsult } from '@/api/consults';
import { insist } from '@/api/insist';
import type { ConsultRequest } from '@/api/types';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorNote } from '@/ui/states';

interface LeaveDialogProps {
  request: ConsultRequest;
  /** The specialist ends it for all; the requester too may end, or only step out. */
  ends: boolean;
  onLeave: () => void;
  onClose: () => void;
}

export function LeaveDialog({ request, ends, onLeave, onClose }: LeaveDialogProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const end = useMutation({
    mutationFn: () => insist(queries, request.id, (version) => endConsult(request.id, version)),
    onSuccess: onLeave,
  });
  const mayEnd = request.actions.includes('end');
  return (
    <Dialog title={t('room.leaveTitle')} onClose={onClose}>
      <p className="soft">{t(ends ? 'room.leaveSpecialist' : 'room.leaveRequester')}</p>
      {end.error && <ErrorNote error={end.error} />}
      <div className="leave">
        {mayEnd && (
          <Button look="primary" size="large" block icon="hangup" busy={end.isPending} onClick={() => end.mutate()}>
            {t(ends ? 'room.endAndWrite' : 'room.endAll')}
          </Button>
        )}
        <Button
          size="large"
          block
          onClick={() => {
            onLeave();
            void navigate('/');
          }}
        >
          {t('room.stepOut')}
        </Button>
        <Button look="quiet" size="large" block onClick={onClose}>
          {t('room.stay')}
        </Button>
      </div>
    </Dialog>
  );
}
