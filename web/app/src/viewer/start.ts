/** Cornerstone3D for the life of the page: one engine, its loader, its tools, its memory. */
import { cache, init as initCore, RenderingEngine } from '@cornerstonejs/core';
import loader from '@cornerstonejs/dicom-image-loader';
import { addTool, init as initTools } from '@cornerstonejs/tools';
import openGLTexture from '@kitware/vtk.js/Rendering/OpenGL/Texture';
import supportsNorm16Linear from '@kitware/vtk.js/Rendering/OpenGL/Texture/supportsNorm16Linear';
import { machine } from './able/able';
import { evenOut } from './able/cpu';
import { keepDrawing } from './contexts';
import { tellPlanes } from './kinds/planes';
import { tellPictures } from './kinds/provider';
import { recover } from './recovery';
import { stream } from './stream/stream';
import { allTools, letGoOfRemoved, styleMarks, tellEverywhere } from './tools';

const contexts = 4; // WebGL contexts: one a pane at most; browsers give 16 to a page

let started: Promise<RenderingEngine> | undefined;
let running: RenderingEngine | undefined;

/**
 * Starts Cornerstone and its one engine for the life of the page. Engines are not made and destroyed with viewers: a destroyed
 * one keeps its WebGL contexts, and after a few studies the browser would take those of the pictures on show.
 */
export function start(): Promise<RenderingEngine> {
  started ??= (async () => {
    const { draw, decoders, memory } = machine.able;
    const rendering = { webGlContextCount: contexts, useCPURendering: draw === 'cpu' };
    initCore({ rendering } as Parameters<typeof initCore>[0]);
    loader.init({
      maxWebWorkers: decoders,
      beforeProcessing: tellPlanes,
    });
    tellPictures();
    stream.start();
    initTools();
    for (const tool of allTools) addTool(tool);
    styleMarks();
    letGoOfRemoved();
    tellEverywhere();
    cache.setMaxCacheSize(memory);
    evenOut();
    const engine = new RenderingEngine('yilian');
    keepDrawing(engine, () => openGLTexture.newInstance({ resizable: true } as object));
    recover(engine);
    // vtk.js asks this of the graphics card before the first picture of 16 bits; the answer takes a tenth of a second, and is kept.
    if (draw !== 'cpu') supportsNorm16Linear();
    running = engine;
    return engine;
  })();
  return started;
}

/** The engine, where it has been started before: a page that has it need not wait. */
export const engineNow = (): RenderingEngine | undefined => running;
