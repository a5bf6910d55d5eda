import { useEffect, useReducer, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, IconButton } from '@/ui/button';
import { Choice } from '@/ui/field';
import { useToast } from '@/ui/toast';
import { arrowHead, blank, draw, type Point, type Stroke, type Tool } from './annotate.model';
import './freeze.css';

interface FreezeProps {
  picture: ImageBitmap;
  onKeep: (file: File) => Promise<unknown>;
  onClose: () => void;
}

const ink = '#ffd65c'; // as on the images: a colour that no tissue has

/** A still of the video, to draw, point and write on, and to keep with the consult. */
export function Freeze({ picture, onKeep, onClose }: FreezeProps) {
  const { t } = useTranslation();
  const toast = useToast();
  const [tool, setTool] = useState<Tool>('arrow');
  const [drawing, change] = useReducer(draw, blank);
  const [words, setWords] = useState('');
  const [busy, setBusy] = useState(false);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context) paint(context, picture, drawing.now ? [...drawing.done, drawing.now] : drawing.done);
  }, [picture, drawing]);
  const place = (event: React.PointerEvent): Point => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: (event.clientX - box.x) / box.width, y: (event.clientY - box.y) / box.height };
  };
  const keep = async () => {
    setBusy(true);
    try {
      const blob = await new Promise<Blob | null>((done) => {
        if (canvas.current) canvas.current.toBlob(done, 'image/jpeg', 0.85);
        else done(null);
      });
      const name = `${t('call.freeze.title')}-${new Date().toISOString().slice(0, 19).replace(/[:T]/g, '')}.jpg`;
      if (blob) await onKeep(new File([blob], name, { type: 'image/jpeg' }));
      toast.say(t('call.freeze.saved'), { tone: 'done' });
      onClose();
    } catch (error) {
      toast.fail(error);
      setBusy(false);
    }
  };
  const writing = drawing.now?.is === 'text';
  return (
    <section className="freeze" aria-label={t('call.freeze.title')}>
      <header>
        <Choice
          label={t('call.freeze.title')}
          hidden
          value={tool}
          options={(['arrow', 'pen', 'text'] as const).map((one) => ({ value: one, text: t(`call.freeze.${one}`) }))}
          onChange={setTool}
        />
        <Button
          size="large"
          onClick={() => change({ is: 'undo' })}
          disabled={!drawing.now && drawing.done.length === 0}
        >
          {t('call.freeze.undo')}
        </Button>
        <Button size="large" look="primary" busy={busy} disabled={writing} onClick={() => void keep()}>
          {t('call.freeze.save')}
        </Button>
        <IconButton icon="close" label={t('common.close')} onClick={onClose} />
      </header>
      <canvas
        ref={canvas}
        width={picture.width}
        height={picture.height}
        aria-label={t('call.freeze.canvas')}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          change({ is: 'down', tool, at: place(event) });
        }}
        onPointerMove={(event) => event.buttons > 0 && change({ is: 'move', at: place(event) })}
        onPointerUp={() => change({ is: 'up' })}
      />
      {writing && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            change({ is: 'write', text: words });
            setWords('');
          }}
        >
          <input
            className="y-input"
            // biome-ignore lint/a11y/noAutofocus: the place was just pressed for these words
            autoFocus
            aria-label={t('call.freeze.words')}
            placeholder={t('call.freeze.words')}
            maxLength={60}
            value={words}
            onChange={(event) => setWords(event.target.value)}
          />
          <IconButton type="submit" icon="check" label={t('call.freeze.words')} />
        </form>
      )}
    </section>
  );
}

function paint(context: CanvasRenderingContext2D, picture: ImageBitmap, strokes: readonly Stroke[]): void {
  const { width, height } = context.canvas;
  const line = Math.max(2, Math.round(Math.min(width, height) / 140));
  const at = (p: Point): Point => ({ x: p.x * width, y: p.y * height });
  context.drawImage(picture, 0, 0, width, height);
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.font = `600 ${line * 8}px sans-serif`;
  // Dark first, light above: legible on skin and on film.
  for (const [colour, wide] of [
    ['rgb(0 0 0 / 65%)', line * 2.2],
    [ink, line],
  ] as const) {
    context.strokeStyle = colour;
    context.fillStyle = ink;
    context.lineWidth = wide;
    for (const stroke of strokes) paintStroke(context, stroke, at, line);
  }
}

function paintStroke(context: CanvasRenderingContext2D, s: Stroke, at: (p: Point) => Point, line: number): void {
  const path = (points: readonly Point[]) => {
    context.beginPath();
    for (const [i, p] of points.entries()) i === 0 ? context.moveTo(p.x, p.y) : context.lineTo(p.x, p.y);
    context.stroke();
  };
  switch (s.is) {
    case 'pen':
      path(s.points.map(at));
      break;
    case 'arrow': {
      const [from, to] = [at(s.from), at(s.to)];
      const [a, b] = arrowHead(from, to, line * 6);
      path([from, to]);
      path([a, to, b]);
      break;
    }
    case 'text': {
      const { x, y } = at(s.at);
      context.strokeText(s.text || '…', x, y);
      context.fillText(s.text || '…', x, y);
      break;
    }
  }
}

/** A still of what a video shows; undefined while it shows nothing. */
export async function stillOf(video: HTMLVideoElement | null): Promise<ImageBitmap | undefined> {
  if (!video || video.videoWidth === 0) return undefined;
  return createImageBitmap(video);
}
