import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { acceptRequest } from '@/api/consults';
import { insist } from '@/api/insist';
import { ringStore } from '@/features/ring/ring-store';
import { useToast } from '@/ui/toast';

/** Accept is one action from anywhere: exactly one wins, and the winner is taken into the room. */
export function useAccept() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const mutation = useMutation({
    mutationFn: (id: string) => insist(queries, id, (version) => acceptRequest(id, version)),
    onSuccess: (request) => {
      ringStore.dispatch({ type: 'unring', request: request.id, ring: '' });
      void navigate(`/requests/${request.id}`);
    },
    onError: (error, id) => {
      toast.fail(error);
      ringStore.dispatch({ type: 'unring', request: id, ring: '' });
    },
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: ['requests'] });
      void queries.invalidateQueries({ queryKey: ['board'] });
    },
  });
  return { accept: mutation.mutate, accepting: mutation.isPending };
}
