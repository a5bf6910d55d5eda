import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { ordersQuery } from '@/api/records';
import { useIs } from '@/app/session';
import { OrderTable } from '@/features/order/order-table';
import { Button } from '@/ui/button';
import { Choice } from '@/ui/field';
import { Page, Panel } from '@/ui/panel';
import { Empty, Loaded } from '@/ui/states';

type Scope = 'results' | 'mine' | 'site';

/** What was ordered and what came back. */
export function OrdersPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const orders = useIs('requester');
  const [scope, setScope] = useState<Scope>(orders ? 'results' : 'site');
  const mine = useQuery({ ...ordersQuery('mine'), enabled: orders });
  const query = useQuery(ordersQuery(scope === 'site' ? 'site' : 'mine'));
  const due = mine.data?.filter((order) => order.state === 'released') ?? [];
  return (
    <Page
      title={t('order.title')}
      actions={
        orders && (
          <Button look="primary" icon="plus" onClick={() => navigate('/orders/new')}>
            {t('order.place')}
          </Button>
        )
      }
    >
      {orders && (
        <Choice
          hidden
          label={t('order.title')}
          value={scope}
          onChange={setScope}
          options={[
            { value: 'results', text: t('order.results'), count: due.length },
            { value: 'mine', text: t('order.mine'), count: mine.data?.length },
            { value: 'site', text: t('order.site') },
          ]}
        />
      )}
      <Panel>
        <Loaded query={query} rows={8} height={32}>
          {(all) => {
            const shown = scope === 'results' ? all.filter((order) => order.state === 'released') : all;
            if (shown.length === 0) {
              return (
                <Empty icon="inbox" title={t(scope === 'results' ? 'order.noResults' : 'order.none')}>
                  {t('order.noneText')}
                </Empty>
              );
            }
            return <OrderTable orders={shown} onOpen={(order) => navigate(`/orders/${order.id}`)} />;
          }}
        </Loaded>
      </Panel>
    </Page>
  );
}
