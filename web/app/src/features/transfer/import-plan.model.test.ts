import { describe, expect, it } from 'vitest';
import type { Header } from './import-header.model';
import { allSeries, arrange, compare, type Found, firstChoice, fitOf, type Ours, toSend } from './import-plan.model';

const header = (part: Partial<Header>): Header => ({
  start: 300,
  instance: '1.1.1.1',
  study: '1.1',
  series: '1.1.1',
  patientName: '张三',
  patientId: 'P1',
  birthDate: '19800102',
  sex: 'M',
  institution: '',
  studyDate: '20260301',
  studyDescription: '',
  accession: '',
  modality: 'CT',
  seriesNumber: '1',
  seriesDescription: '',
  ...part,
});

const found = (number: number, path: string, part: Partial<Header> = {}, size = 1000): Found => ({
  number,
  path,
  size,
  header: header({ instance: `1.1.1.${number}`, ...part }),
});

describe('what was found', () => {
  it('is patients, studies and series, and each instance once', () => {
    const { patients, twice } = arrange([
      found(1, 'D/A'),
      found(2, 'D/B', { series: '1.1.2' }),
      found(3, 'D/C', { instance: '1.1.1.1' }),
      found(4, 'D/D', { instance: '1.1.1.1' }, 1001), // other content under the same UID: the archive decides
      found(5, 'D/E', { patientId: 'P2', patientName: '李四', study: '2.1', series: '2.1.1' }),
    ]);
    expect(
      patients.map((p) => [p.name, p.studies.map((st) => st.series.map((se) => se.files.map((f) => f.number)))]),
    ).toEqual([
      ['张三', [[[1, 4], [2]]]],
      ['李四', [[[5]]]],
    ]);
    expect(twice.map((f) => f.number)).toEqual([3]);
  });

  it('under the name of another patient is no copy, though it is as long', () => {
    const { patients, twice } = arrange([
      found(1, 'A', { instance: '9' }),
      found(2, 'B', { instance: '9', patientId: 'P2' }),
      found(3, 'C', { instance: '9' }),
    ]);
    expect(patients).toHaveLength(2);
    expect(twice.map((f) => f.number)).toEqual([3]);
  });

  it('is compared with the directory, whatever the system made of the names', () => {
    const files = [found(1, 'disc/dicom/im000001'), found(2, 'disc/DICOM/IM000002.;1'), found(3, 'disc/extra')];
    const { patients } = arrange(files);
    const list = (path: string, series = '1.1.1') => ({ path, study: '1.1', series });
    const answer = compare(
      patients,
      [
        {
          folder: 'disc/',
          files: [list('DICOM/IM000001'), list('DICOM/IM000002'), list('DICOM/IM000009'), list('DICOM/X', '9')],
        },
      ],
      files.map((f) => f.path),
    );
    expect(answer).toEqual({ missing: ['disc/DICOM/X'], extra: 1 });
    expect(allSeries(patients)[0]?.missing).toEqual(['disc/DICOM/IM000009']);
    expect(compare(patients, [], []).extra).toBe(0);
  });

  it('is sent as far as it was chosen and is not here', () => {
    const { patients } = arrange([found(1, 'a'), found(2, 'b', { series: '1.1.2' }), found(3, 'c')]);
    const [first, second] = allSeries(patients).map((series) => series.key) as [string, string];
    expect(toSend(patients, new Set([first, second]), new Set([1])).map((f) => f.number)).toEqual([2, 3]);
    expect(toSend(patients, new Set([second]), new Set()).map((f) => f.number)).toEqual([2]);
  });
});

describe('a patient of the files', () => {
  const asked = { name: '张三', number: 'P1', birthDate: '19800102', sex: 'M' };
  const ours = (part: Partial<Ours>): Ours => ({
    id: 'x',
    name: '张三',
    number: 'P1',
    birthDate: '1980-01-02',
    sex: 'M',
    ...part,
  });
  const table: [string, Ours[], string, string[]][] = [
    ['is ours', [ours({})], 'same', []],
    ['is ours by the Latin name', [ours({ name: 'ZZ', latin: '张 三' })], 'same', []],
    ['has the number of somebody else', [ours({ name: '王五' })], 'differs', ['name']],
    ['has the number and another sex', [ours({ sex: 'F' })], 'differs', ['sex']],
    ['comes from elsewhere', [ours({ number: 'Q9' })], 'likely', ['number']],
    ['has a namesake', [ours({ number: 'Q9', birthDate: '1999-09-09' })], 'namesake', ['birthDate', 'number']],
    ['has a namesake whose birth nobody knows', [ours({ number: 'Q9', birthDate: '' })], 'namesake', ['number']],
    ['is not known', [], 'new', []],
    ['is not known among others', [ours({ number: 'Q9', name: '王五' })], 'new', []],
    ['is rather who has the number', [ours({ number: 'Q9' }), ours({ id: 'y' })], 'same', []],
  ];
  for (const [name, list, kind, differs] of table)
    it(name, () => {
      const fit = fitOf(asked, list);
      expect(fit.kind).toBe(kind);
      if (fit.kind !== 'new') expect(fit.differs).toEqual(differs);
    });

  it('without a number is nobody by number', () => {
    expect(fitOf({ ...asked, number: '' }, [ours({ number: '' })]).kind).toBe('likely');
    expect(fitOf({ ...asked, number: '', name: '' }, [ours({ number: '' })]).kind).toBe('new');
  });
});

describe('what is ticked at first', () => {
  const one = arrange([found(1, 'a')]).patients;
  const two = arrange([found(1, 'a'), found(2, 'b', { patientId: 'P2' })]).patients;
  it('is the only patient, and nobody of several', () => {
    expect(firstChoice(one, [{ kind: 'new' }]).size).toBe(1);
    expect(firstChoice(two, [{ kind: 'new' }, { kind: 'new' }]).size).toBe(0);
  });
  it('is never who contradicts our records', () => {
    expect(firstChoice(one, [{ kind: 'differs', patient: { id: 'x', name: 'y' }, differs: ['name'] }]).size).toBe(0);
  });
});
