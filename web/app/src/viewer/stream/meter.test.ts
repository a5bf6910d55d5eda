import { afterEach, expect, test, vi } from 'vitest';
import { Meter } from './meter';

/** What the browser would tell of a request for metadata, with so many ms to its first byte. */
function metadata(wait: number): Partial<PerformanceResourceTiming> {
  const responseStart = performance.now();
  const name = 'https://example.test/dicom-web/studies/1.2/series/1.3/metadata';
  return {
    name,
    transferSize: 20_000,
    requestStart: responseStart - wait,
    responseStart,
    responseEnd: responseStart + 1,
  };
}

/** A browser that observes what is loaded, and whose own list of it has ended long ago. */
function observe(...told: Partial<PerformanceResourceTiming>[]): void {
  vi.spyOn(performance, 'getEntriesByType').mockReturnValue([]);
  vi.stubGlobal(
    'PerformanceObserver',
    class {
      observe = () => undefined;
      takeRecords = () => told.splice(0);
    },
  );
}

const quick = (bytes: number) => {
  const ended = performance.now();
  return { bytes, asked: ended - 8, began: ended - 4, ended };
};

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

test('a line that answers late is poor, whatever came over another one a moment ago', () => {
  observe(metadata(129), metadata(171));
  const meter = new Meter();
  meter.add(quick(300_000), quick(300_000));
  expect(meter.isFast).toBe(true);
  meter.refresh();
  expect(meter.isFast).toBe(false);
});

test('a line that answers at once is good before much has come', () => {
  observe(metadata(4), metadata(9));
  const meter = new Meter();
  meter.refresh();
  expect(meter.isFast).toBe(true);
});

test('what else the page loads says nothing of the line', () => {
  observe({ ...metadata(4), name: 'https://example.test/assets/index.js' }, { ...metadata(4), transferSize: 0 });
  const meter = new Meter();
  meter.refresh();
  expect(meter.line).toEqual({});
});

test('a picture that is late puts the line in doubt until something comes', () => {
  observe();
  const meter = new Meter();
  meter.add(quick(300_000));
  meter.doubt();
  expect(meter.isFast).toBe(false);
  meter.add(quick(300_000));
  expect(meter.isFast).toBe(true);
});
