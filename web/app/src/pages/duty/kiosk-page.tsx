import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useNavigate } from 'react-router';
import { setCsrf } from '@/api/client';
import { sessionQuery, signInKiosk } from '@/api/consults';
import { ErrorNote } from '@/ui/states';

/** A wall screen opens its link once: the secret behind # becomes a session that can only look. */
export function KioskPage() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { mutate, error } = useMutation({
    mutationFn: signInKiosk,
    onSuccess: (me) => {
      setCsrf(me.csrf);
      queries.setQueryData(sessionQuery.queryKey, me);
      // Replaced: the secret does not stay in the history of a screen in a corridor.
      void navigate('/wall', { replace: true });
    },
  });
  useEffect(() => {
    mutate(window.location.hash.slice(1));
  }, [mutate]);
  return error ? <ErrorNote error={error} /> : null;
}
