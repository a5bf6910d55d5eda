import { createBrowserRouter, Outlet, ScrollRestoration } from 'react-router';
import { later } from '@/ui/later';
import { CrashPage, MissingPage } from './crash-page';
import { Shell } from './shell';
import { SignedIn } from './signed-in';

const lazy = <M extends object>(load: () => Promise<M>, pick: (module: M) => React.ComponentType) => ({
  lazy: async () => ({ Component: pick(await later(load)) }),
});

const desk = [
  {
    path: '/',
    ...lazy(
      () => import('@/pages/work/work-page'),
      (m) => m.WorkPage,
    ),
  },
  {
    path: '/requests/new',
    ...lazy(
      () => import('@/pages/requests/new-request-page'),
      (m) => m.NewRequestPage,
    ),
  },
  {
    path: '/duty',
    ...lazy(
      () => import('@/pages/duty/duty-page'),
      (m) => m.DutyPage,
    ),
  },
  {
    path: '/studies',
    ...lazy(
      () => import('@/pages/studies/studies-page'),
      (m) => m.StudiesPage,
    ),
  },
  {
    path: '/import',
    ...lazy(
      () => import('@/pages/import/import-page'),
      (m) => m.ImportPage,
    ),
  },
  {
    path: '/orders',
    ...lazy(
      () => import('@/pages/orders/orders-page'),
      (m) => m.OrdersPage,
    ),
  },
  {
    path: '/orders/new',
    ...lazy(
      () => import('@/pages/orders/new-order-page'),
      (m) => m.NewOrderPage,
    ),
  },
  {
    path: '/orders/:id',
    ...lazy(
      () => import('@/pages/orders/order-page'),
      (m) => m.OrderPage,
    ),
  },
  {
    path: '/worklist',
    ...lazy(
      () => import('@/pages/worklist/worklist-page'),
      (m) => m.WorklistPage,
    ),
  },
  {
    path: '/unmatched',
    ...lazy(
      () => import('@/pages/studies/unmatched-page'),
      (m) => m.UnmatchedPage,
    ),
  },
  {
    path: '/reconcile',
    ...lazy(
      () => import('@/pages/studies/reconcile-page'),
      (m) => m.ReconcilePage,
    ),
  },
  {
    path: '/studies/:uid/correct',
    ...lazy(
      () => import('@/pages/studies/correct-page'),
      (m) => m.CorrectPage,
    ),
  },
  {
    path: '/criticals',
    ...lazy(
      () => import('@/pages/criticals/criticals-page'),
      (m) => m.CriticalsPage,
    ),
  },
  {
    path: '/lectures',
    ...lazy(
      () => import('@/pages/lecture/lectures-page'),
      (m) => m.LecturesPage,
    ),
  },
  {
    path: '/patients',
    ...lazy(
      () => import('@/pages/patients/patients-page'),
      (m) => m.PatientsPage,
    ),
  },
  {
    path: '/patients/:id',
    ...lazy(
      () => import('@/pages/patients/patient-page'),
      (m) => m.PatientPage,
    ),
  },
  {
    path: '/admin/*',
    ...lazy(
      () => import('@/pages/admin/admin-page'),
      (m) => m.AdminPage,
    ),
  },
  {
    path: '/me',
    ...lazy(
      () => import('@/pages/me/me-page'),
      (m) => m.MePage,
    ),
  },
  { path: '*', Component: MissingPage },
];

/** Pages that need the whole window: they bring their own bar. */
const wide = [
  {
    path: '/requests/:id',
    ...lazy(
      () => import('@/pages/requests/request-page'),
      (m) => m.RequestPage,
    ),
  },
  {
    path: '/requests/:id/recordings/:recording',
    ...lazy(
      () => import('@/pages/requests/recording-page'),
      (m) => m.RecordingPage,
    ),
  },
  {
    path: '/lectures/:id',
    ...lazy(
      () => import('@/pages/lecture/listen-page'),
      (m) => m.ListenPage,
    ),
  },
  {
    path: '/wall',
    ...lazy(
      () => import('@/pages/duty/wall-page'),
      (m) => m.WallPage,
    ),
  },
  {
    path: '/readings',
    ...lazy(
      () => import('@/pages/reading/reading-list-page'),
      (m) => m.ReadingListPage,
    ),
  },
  {
    path: '/readings/:id',
    ...lazy(
      () => import('@/pages/reading/reading-page'),
      (m) => m.ReadingPage,
    ),
  },
  {
    path: '/readings/:id/screen/:screen',
    ...lazy(
      () => import('@/pages/reading/screen-page'),
      (m) => m.ScreenPage,
    ),
  },
  {
    path: '/studies/:uid/film',
    ...lazy(
      () => import('@/pages/film/film-page'),
      (m) => m.FilmPage,
    ),
  },
  {
    path: '/studies/:uid',
    ...lazy(
      () => import('@/pages/studies/study-page'),
      (m) => m.StudyPage,
    ),
  },
];

/** A new page begins at its top, going back returns to where one was. */
function Top() {
  return (
    <>
      <Outlet />
      <ScrollRestoration />
    </>
  );
}

export const router = createBrowserRouter([
  {
    Component: Top,
    ErrorBoundary: CrashPage,
    HydrateFallback: () => null,
    children: [
      {
        path: '/kiosk',
        ...lazy(
          () => import('@/pages/duty/kiosk-page'),
          (m) => m.KioskPage,
        ),
      },
      {
        path: '/trust',
        ...lazy(
          () => import('@/pages/trust/trust-page'),
          (m) => m.TrustPage,
        ),
      },
      {
        path: '/linetest',
        ...lazy(
          () => import('@/pages/linetest/linetest-page'),
          (m) => m.LinetestPage,
        ),
      },
      {
        path: '/guest/:token',
        ...lazy(
          () => import('@/pages/guest/guest-page'),
          (m) => m.GuestPage,
        ),
      },
      {
        path: '/s/:token',
        ...lazy(
          () => import('@/pages/share/share-page'),
          (m) => m.SharePage,
        ),
      },
      {
        Component: SignedIn,
        children: [
          { Component: Shell, children: [{ ErrorBoundary: CrashPage, children: desk }] },
          { ErrorBoundary: CrashPage, children: wide },
        ],
      },
    ],
  },
]);
