import { Empty, Skeleton } from '@/ui/states';

/** While the viewer or the study is on its way. */
export function Waiting() {
  return (
    <div className="viewer viewer-alone" data-theme="dark">
      <Skeleton rows={6} height={40} />
    </div>
  );
}

/** Where there are no pictures to show; with a hint something is wrong. */
export function Alone({ title, hint }: { title: string; hint?: string }) {
  return (
    <div className="viewer viewer-alone" data-theme="dark" role={hint ? 'alert' : undefined}>
      <Empty icon={hint ? 'alert' : 'image'} title={title}>
        {hint}
      </Empty>
    </div>
  );
}
