/** Documents by pdf.js, since phones and tablets show none in a page of theirs. Nothing in a document runs: no scripts, no forms. */
import { getDocument, type PDFDocumentProxy, PDFWorker, type RenderTask } from 'pdfjs-dist';
import Worker from 'pdfjs-dist/build/pdf.worker.min.mjs?worker';

const encodings = addresses(
  import.meta.glob<string>('/node_modules/pdfjs-dist/cmaps/*.bcmap', { query: '?url', import: 'default' }),
);
const fonts = addresses(
  import.meta.glob<string>('/node_modules/pdfjs-dist/standard_fonts/*.{pfb,ttf}', { query: '?url', import: 'default' }),
);

type Addresses = ReadonlyMap<string, () => Promise<string>>;

function addresses(found: Record<string, () => Promise<string>>): Addresses {
  return new Map(Object.entries(found).map(([path, address]) => [path.split('/').at(-1) ?? path, address]));
}

async function read(from: Addresses, name: string): Promise<Uint8Array> {
  const address = await from.get(name)?.();
  const res = address ? await fetch(address) : undefined;
  if (!res?.ok) throw new Error(`no ${name}`);
  return new Uint8Array(await res.arrayBuffer());
}

/** Tables of Chinese and other encodings: devices seldom embed the fonts of what they print. */
class Encodings {
  async fetch({ name }: { name: string }) {
    return { cMapData: await read(encodings, `${name}.bcmap`), isCompressed: true };
  }
}

class Fonts {
  fetch({ filename }: { filename: string }) {
    return read(fonts, filename);
  }
}

const most = 4096; // pixels at each side of a drawn page

/** What reads documents did not come. */
export class PdfDeaf extends Error {}

/** A document that is open. */
export class Pdf {
  private constructor(
    private readonly document: PDFDocumentProxy,
    private readonly worker: PDFWorker,
  ) {}

  /** Throws what pdf.js says about a broken or locked document. */
  static async open(bytes: ArrayBuffer): Promise<Pdf> {
    const port = new Worker();
    // Without its program, which comes over the line as well, it says nothing at all.
    const deaf = new Promise<never>((_, reject) => port.addEventListener('error', () => reject(new PdfDeaf())));
    const worker = PDFWorker.create({ port });
    try {
      const task = getDocument({
        data: bytes.slice(0), // the worker takes it
        worker,
        useWorkerFetch: false,
        CMapReaderFactory: Encodings,
        StandardFontDataFactory: Fonts,
        useWasm: false,
        isEvalSupported: false,
        maxImageSize: 64 * 1024 * 1024,
      });
      return new Pdf(await Promise.race([task.promise, deaf]), worker);
    } catch (err) {
      worker.destroy();
      throw err;
    }
  }

  get pages(): number {
    return this.document.numPages;
  }

  /** Height by width of a page, from 1. */
  async ratio(page: number): Promise<number> {
    const { width, height } = (await this.document.getPage(page)).getViewport({ scale: 1 });
    return height / width;
  }

  /** Draws a page as wide as its canvas is shown; answers how to stop. */
  draw(page: number, canvas: HTMLCanvasElement, done: (err?: unknown) => void): () => void {
    let task: RenderTask | undefined;
    let stopped = false;
    void this.document
      .getPage(page)
      .then((p) => {
        if (stopped) return;
        const one = p.getViewport({ scale: 1 });
        const wanted = (canvas.clientWidth * window.devicePixelRatio) / one.width;
        const viewport = p.getViewport({ scale: Math.min(wanted, most / Math.max(one.width, one.height)) });
        canvas.width = Math.floor(viewport.width);
        canvas.height = Math.floor(viewport.height);
        task = p.render({ canvas, viewport });
        return task.promise.then(() => done());
      })
      .catch((err: unknown) => !stopped && done(err));
    return () => {
      stopped = true;
      task?.cancel();
    };
  }

  /** The words of a page, for those who cannot see it and for the search of the browser. */
  async words(page: number): Promise<string> {
    const content = await (await this.document.getPage(page)).getTextContent();
    return content.items.map((i) => ('str' in i ? i.str + (i.hasEOL ? '\n' : '') : '')).join('');
  }

  close(): void {
    void this.document.destroy();
    this.worker.destroy();
  }
}
