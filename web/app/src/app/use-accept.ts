import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { acceptRequest, requestQuery } from '@/api/consults';
import { ringStore } from '@/features/ring/ring-store';
import { useToast } from '@/ui/toast';

/** Accept is one action from anywhere: exactly one wins, and the winner is taken into the room. */
export function useAccept() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const mutation = useMutation({
    mutationFn: async (id: string) => {
      const { version } = await queries.fetchQuery({ ...requestQuery(id), staleTime: 0 });
      return acceptRequest(id, version);
    },
    onSuccess: (request) => {
      queries.setQueryData(requestQuery(request.id).queryKey, request);
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
